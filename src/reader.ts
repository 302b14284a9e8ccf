import type { Clock } from './clock.ts';
import { type Managed, readMaterial } from './managed.ts';
import type { Material } from './material/material.ts';

/**
 * However often versions are asked for: so often the secret itself is read, too. A permission that was lost (a KMS grant, a
 * resource policy) shows within the hour, and not when the renewal needs it.
 */
const READ_AGAIN_MS = 3_600_000;

/** Reads one secret of the manifest, and what it was read from again only when that has changed. */
export class Reader {
  readonly managed: Managed;
  readonly #clock: Clock;
  #last: { readonly material: Material; readonly readMs: number } | undefined;

  constructor(managed: Managed, clock: Clock) {
    this.managed = managed;
    this.#clock = clock;
  }

  /** What the sources hold now. Throws the AgentError of a source or of the parser, as it would without a memory. */
  async read(signal: AbortSignal): Promise<Material> {
    const last = this.#last;
    if (last !== undefined && this.#clock.monotonicMs() - last.readMs < READ_AGAIN_MS && !this.#hasAged(last.material) && (await this.#version(signal)) === last.material.sourceVersion) return last.material;
    const material = await readMaterial(this.managed, () => this.#clock.now(), signal);
    this.#last = { material, readMs: this.#clock.monotonicMs() };
    return material;
  }

  /** What was good when it was read may have expired since, and the parser has the words for it. */
  #hasAged(material: Material): boolean {
    const ends = material.kind === 'identity' ? [material.leaf, ...material.intermediates].map(({ notAfter }) => notAfter) : [...material.anchors.map(({ notAfter }) => notAfter), ...material.revocation.map(({ nextUpdate }) => nextUpdate)];
    return ends.some((end) => end !== undefined && end < this.#clock.now());
  }

  /** As `readMaterial` would put it together; undefined where a source cannot be asked for it. */
  async #version(signal: AbortSignal): Promise<string | undefined> {
    const versions = await Promise.all(this.managed.sources.map(async (source) => source.version?.(signal)));
    return versions.includes(undefined) ? undefined : versions.join(',');
  }
}
