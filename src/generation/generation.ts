import type { Material } from '../material/material.ts';

/** What an endpoint's Envoy should hold, complete: every secret of its manifest. Published as one or not at all. */
export interface Generation {
  /** Counts from 1 in this process. */
  readonly number: number;
  /** By secret name. */
  readonly materials: ReadonlyMap<string, Material>;
}

/** The generation after `current`, with `changes` in the place of their predecessors. */
export function succeed(current: Generation | undefined, changes: ReadonlyMap<string, Material>): Generation {
  return { number: (current?.number ?? 0) + 1, materials: new Map([...(current?.materials ?? []), ...changes]) };
}

/** `failed` without what its culprits became: they are what they are in `good`. The very `good` if nothing else had changed. */
export function withdraw(failed: Generation, culprits: readonly string[], good: Generation): Generation {
  const rest = changedNames(good, failed).filter((name) => !culprits.includes(name));
  if (rest.length === 0) return good;
  const kept = rest.flatMap((name) => [...failed.materials].filter(([other]) => other === name));
  return { number: failed.number + 1, materials: new Map([...good.materials, ...kept]) };
}

/** Names of the secrets whose material differs between two generations. */
export function changedNames(current: Generation | undefined, next: Generation): string[] {
  return [...next.materials.keys()].filter((name) => current?.materials.get(name)?.fingerprint !== next.materials.get(name)?.fingerprint);
}
