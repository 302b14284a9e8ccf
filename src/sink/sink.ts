import type { Generation } from '../generation/generation.ts';

/** Where generations go. Going back is publishing the last good generation again. */
export interface Sink {
  /**
   * Resolves when Envoy has taken the generation, as far as the way of delivery can tell. Throws `delivery-refused`
   * when Envoy refused it, or the signal's reason when that aborts first.
   */
  publish(generation: Generation, signal: AbortSignal): Promise<void>;
  /** What Envoy has acknowledged may not be what it uses: the next publication is new to it in every byte, as far as the way of delivery allows. */
  distrust(): void;
}
