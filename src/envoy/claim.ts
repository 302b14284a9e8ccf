import type { Generation } from '../generation/generation.ts';
import type { Material } from '../material/material.ts';
import type { Manifest } from '../mesh/manifest.ts';
import { type Published, expectedOf } from './proof.ts';
import type { Claim } from './prover.ts';

/** How many predecessors of a secret are remembered: a context that is further behind would have been told before. */
const REMEMBERED = 8;

/** What Envoy must show of each generation, remembering what it showed before. */
export class Claims {
  /** Names of bundles that have had revocation lists. */
  readonly #listed = new Set<string>();
  readonly #history = new Map<string, (readonly string[])[]>();

  of({ materials }: Generation, manifest: Manifest): Claim {
    const published = new Map([...materials].map(([name, material]) => [name, this.#publish(name, serialsOf(material))]));
    const listeners = manifest.listeners.flatMap(({ host, port, identity = '' }) => {
      const serial = published.get(identity)?.serials[0];
      return serial === undefined ? [] : [{ host, port, serial }];
    });
    return { secrets: expectedOf(manifest, published), bundles: this.#bundles(materials), listeners };
  }

  #bundles(materials: Generation['materials']): Claim['bundles'] {
    return [...materials].flatMap(([name, material]) => {
      if (material.kind !== 'trust') return [];
      if (material.revocationPem !== '') this.#listed.add(name);
      return this.#listed.has(name) ? [{ name, pem: material.pem }] : [];
    });
  }

  #publish(name: string, serials: readonly string[]): Published {
    const known = this.#history.get(name) ?? [];
    const older = known.filter((other) => other.join() !== serials.join());
    this.#history.set(name, [...older, serials].slice(-REMEMBERED));
    return { serials, older };
  }
}

function serialsOf(material: Material): string[] {
  return material.kind === 'identity' ? [material.leaf.serial] : material.anchors.map(({ serial }) => serial);
}
