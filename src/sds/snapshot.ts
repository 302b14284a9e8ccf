import type { Material } from '../material/material.ts';

/** One secret as it is offered now. */
export interface SnapshotEntry {
  /** `version_info`: equal material has an equal version, and a revision after a NACK makes it another one. */
  readonly version: string;
  readonly material: Material;
  /** How many times this secret had to be offered again with changed bytes. */
  readonly revision: number;
}

/** What every subscriber should have, by secret name; streams watch it. */
export class Snapshot {
  readonly #entries = new Map<string, SnapshotEntry>();
  readonly #watchers = new Set<() => void>();

  get(name: string): SnapshotEntry | undefined {
    return this.#entries.get(name);
  }

  /** Offers `material`. Returns its version. */
  set(name: string, material: Material, revision: number): string {
    const version = `${material.fingerprint.slice(0, 16)}.${revision}`;
    this.#entries.set(name, { version, material, revision });
    for (const watcher of [...this.#watchers]) watcher();
    return version;
  }

  /** Calls `watcher` after every change until the returned function is called. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }
}
