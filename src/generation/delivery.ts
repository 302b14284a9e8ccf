import type { Material } from '../material/material.ts';
import { uniteTrust } from '../material/trust.ts';
import { type Generation, changedNames } from './generation.ts';

/** Secrets to offer together; the next step begins when Envoy has acknowledged this one. */
export type DeliveryStep = ReadonlyMap<string, Material>;

/**
 * The order in which a generation reaches Envoy: additions to trust, then identities, then removals from trust, so that
 * at no moment a peer that has moved on is refused. Steps without a change are left out. A bundle that is replaced
 * together with an identity passes through the union of old and new.
 */
export function deliverySteps(current: Generation | undefined, next: Generation): DeliveryStep[] {
  const changed = changedNames(current, next);
  const [additions, identities, removals] = [new Map<string, Material>(), new Map<string, Material>(), new Map<string, Material>()];
  for (const name of changed) {
    const material = next.materials.get(name);
    if (material === undefined) continue;
    if (material.kind === 'identity') {
      identities.set(name, material);
      continue;
    }
    const held = current?.materials.get(name);
    const union = held?.kind === 'trust' ? uniteTrust(held, material) : material;
    if (union.fingerprint !== held?.fingerprint) additions.set(name, union);
    if (union.fingerprint !== material.fingerprint) removals.set(name, material);
  }
  // nothing moves between the two trust steps: an emergency removal is not delayed by a detour
  if (identities.size === 0) return [new Map([...additions, ...removals])].filter(({ size }) => size > 0);
  return [additions, identities, removals].filter(({ size }) => size > 0);
}
