import { mkdir, readdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { deliverySteps } from '../generation/delivery.ts';
import { type Generation, succeed } from '../generation/generation.ts';
import type { Material } from '../material/material.ts';
import { orUnusable, writeWhole } from './directory.ts';
import type { Sink } from './sink.ts';

/** What a publication does, in order. After each of them, whoever reads `current` finds one whole generation, or none yet. */
export const PUBLICATION_STEPS = ['subscriptions written', 'generation written', 'link made', 'link swapped', 'older ones removed'] as const;
export type PublicationStep = (typeof PUBLICATION_STEPS)[number];

/**
 * Delivers as files: one directory per generation under `generations/`, complete before the symlink `current` is
 * swapped onto it by a rename, which is the one event that Envoy watches (`watched_directory`). `sds/NAME.json` tells
 * Envoy the paths and never changes.
 */
export class FilesSink implements Sink {
  readonly #directory: string;
  #published: Generation | undefined;
  /** Names of generation directories: counts in this process, after what an earlier one left behind. */
  #last: number | undefined;

  readonly #done: (step: PublicationStep) => void | Promise<void>;

  /** `done` is told of each step and waited for. */
  constructor(directory: string, done: (step: PublicationStep) => void | Promise<void> = () => undefined) {
    this.#directory = directory;
    this.#done = done;
  }

  publish(generation: Generation): Promise<void> {
    return orUnusable(this.#directory, () => this.#publish(generation));
  }

  /** Who reads a directory has nothing to get stuck: its files are read whole at each swap. */
  distrust(): void {}

  async #publish(generation: Generation): Promise<void> {
    if (this.#published === undefined) {
      // nobody reads yet: the first generation needs no order, and `current` is complete from its first moment
      await this.#writeSubscriptions(generation.materials);
      await this.#done('subscriptions written');
      await this.#swap(generation);
    } else {
      for (const step of deliverySteps(this.#published, generation)) await this.#swap(succeed(this.#published, step));
    }
    this.#published = generation;
  }

  async #swap(generation: Generation): Promise<void> {
    const number = await this.#nextNumber();
    const home = join(this.#directory, 'generations', String(number));
    try {
      for (const [name, material] of generation.materials) await writeMaterial(join(home, name), material);
    } catch (thrown) {
      // half of it would hold the room that the next attempt needs
      await rm(home, { recursive: true, force: true });
      throw thrown;
    }
    await this.#done('generation written');
    const [current, beside] = ['current', 'current.new'].map((name) => join(this.#directory, name)) as [string, string];
    const before = basename(await readlink(current).catch(() => ''));
    await rm(beside, { force: true });
    await symlink(join('generations', String(number)), beside);
    await this.#done('link made');
    await rename(beside, current);
    this.#published = generation;
    await this.#done('link swapped');
    await this.#forget([String(number), before]);
    await this.#done('older ones removed');
  }

  async #nextNumber(): Promise<number> {
    this.#last ??= Math.max(0, ...(await this.#names()).map(Number).filter(Number.isInteger));
    this.#last += 1;
    return this.#last;
  }

  /** The one before stays: a reader that resolved `current` a moment ago still reads there. What a killed process left half-written goes. */
  async #forget(kept: readonly string[]): Promise<void> {
    const old = (await this.#names()).filter((name) => !kept.includes(name));
    for (const name of old) await rm(join(this.#directory, 'generations', name), { recursive: true });
  }

  async #names(): Promise<string[]> {
    return readdir(join(this.#directory, 'generations')).catch(() => []);
  }

  async #writeSubscriptions(materials: ReadonlyMap<string, Material>): Promise<void> {
    await mkdir(join(this.#directory, 'sds'), { recursive: true, mode: 0o700 });
    for (const [name, { kind }] of materials) {
      const response = { resources: [secretOf(this.#directory, name, kind)] };
      await writeWhole(join(this.#directory, 'sds', `${name}.json`), `${JSON.stringify(response, null, 2)}\n`);
    }
  }
}

async function writeMaterial(home: string, material: Material): Promise<void> {
  await mkdir(home, { recursive: true, mode: 0o700 });
  const write = (file: string, content: string | Buffer): Promise<void> => writeFile(join(home, file), content, { mode: 0o600 });
  if (material.kind === 'trust') {
    if (material.revocationPem !== '') await write('crl.pem', material.revocationPem);
    return write('ca.crt', material.pem);
  }
  await write('tls.crt', material.chainPem);
  return write('tls.key', material.key.export({ type: 'pkcs8', format: 'pem' }));
}

/** A Secret (envoy.extensions.transport_sockets.tls.v3) that names files only, so nothing secret can reach a log with it. Revocation lists may come and go: Envoy takes them from `ca.crt`. */
function secretOf(directory: string, name: string, kind: Material['kind']): object {
  const file = (base: string): object => ({ filename: join(directory, 'current', name, base) });
  const watched = { watched_directory: { path: directory } };
  const secret = { '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret', name };
  return kind === 'identity'
    ? { ...secret, tls_certificate: { certificate_chain: file('tls.crt'), private_key: file('tls.key'), ...watched } }
    : { ...secret, validation_context: { trusted_ca: file('ca.crt'), only_verify_leaf_cert_crl: true, ...watched } };
}
