import { type DeliveryStep, deliverySteps } from '../generation/delivery.ts';
import type { Generation } from '../generation/generation.ts';
import { AgentError } from '../errors.ts';
import type { Acknowledgements } from '../sds/acknowledgements.ts';
import type { Snapshot } from '../sds/snapshot.ts';
import type { Sink } from './sink.ts';

/** Delivers by SDS: each step is offered and acknowledged before the next, so trust is there before identity. */
export class SdsSink implements Sink {
  readonly #snapshot: Snapshot;
  readonly #acknowledgements: Acknowledgements;
  /** How often Envoy refused something under this name: the next offer has to differ in its bytes. */
  readonly #refusals = new Map<string, number>();
  /** What Envoy has acknowledged as a whole. */
  #offered: Generation | undefined;

  constructor(snapshot: Snapshot, acknowledgements: Acknowledgements) {
    this.#snapshot = snapshot;
    this.#acknowledgements = acknowledgements;
  }

  async publish(generation: Generation, signal: AbortSignal): Promise<void> {
    for (const step of deliverySteps(this.#offered, generation)) await this.#offer(step, signal);
    // an offer that nobody answered in time still stands, and must not outlive its generation
    const standing = [...generation.materials].filter(([name, { fingerprint }]) => this.#snapshot.get(name)?.material.fingerprint !== fingerprint);
    await this.#offer(new Map(standing), signal);
    this.#offered = generation;
  }

  async #offer(step: DeliveryStep, signal: AbortSignal): Promise<void> {
    const offers = [...step].map(([name, material]) => ({ name, version: this.#snapshot.set(name, material, this.#refusals.get(name) ?? 0) }));
    await Promise.all(offers.map(({ name, version }) => this.#acknowledged(name, version, signal)));
  }

  async #acknowledged(name: string, version: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#acknowledgements.wait(name, version, signal);
    } catch (thrown) {
      if (thrown instanceof AgentError && thrown.code === 'delivery-refused') this.distrust();
      throw thrown;
    }
  }

  /**
   * After a NACK Envoy may hold the old context, a half-built one or none, whichever consumer failed first, and takes
   * only changed bytes: so everything offered next is new to it, the last good generation included.
   */
  distrust(): void {
    for (const name of this.#offered?.materials.keys() ?? []) this.#refusals.set(name, (this.#refusals.get(name) ?? 0) + 1);
    this.#offered = undefined;
  }
}
