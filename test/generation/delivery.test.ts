import { beforeAll, describe, expect, it } from 'vitest';
import { type DeliveryStep, deliverySteps } from '../../src/generation/delivery.ts';
import { type Generation, succeed } from '../../src/generation/generation.ts';
import { parseIdentity } from '../../src/material/identity.ts';
import type { Identity, Material, TrustBundle } from '../../src/material/material.ts';
import { parseTrust } from '../../src/material/trust.ts';
import { NOW, createRoot, createSide, identitySecret, trustSecret } from '../fixtures/pki.ts';

let leaf: Identity;
let renewed: Identity;
let old: TrustBundle;
let young: TrustBundle;
let both: TrustBundle;
beforeAll(async () => {
  const identityOf = async (): Promise<Identity> =>
    parseIdentity({ version: 'v1', text: identitySecret((await createSide('colorgateway')).leaf) }, { roles: ['client'], names: [], now: NOW });
  const [one, other] = [await createRoot('old'), await createRoot('young')];
  const trustOf = (...roots: (typeof one)[]): TrustBundle => parseTrust([{ version: 'v1', text: trustSecret(...roots) }], NOW);
  [leaf, renewed] = [await identityOf(), await identityOf()];
  [old, young, both] = [trustOf(one), trustOf(other), trustOf(other, one)];
});

const first = (identity: Identity, trust: TrustBundle): Generation => succeed(undefined, new Map<string, Material>([['identity', identity], ['trust', trust]]));

/** Each step as `name: what it offers`. */
function told(steps: readonly DeliveryStep[]): Record<string, readonly string[]>[] {
  return steps.map((step) =>
    Object.fromEntries([...step].map(([name, material]) => [name, material.kind === 'identity' ? [material.leaf.serial] : material.anchors.map(({ subject }) => subject).sort()])),
  );
}

describe('the order of delivery', () => {
  it('brings trust before the first identity', () => {
    expect(told(deliverySteps(undefined, first(leaf, old)))).toEqual([{ trust: ['CN=old'] }, { identity: [leaf.leaf.serial] }]);
  });

  it('adds the new anchor, then moves the identity, then removes the old anchor (promise 116)', () => {
    expect(told(deliverySteps(first(leaf, old), first(renewed, young)))).toEqual([
      { trust: ['CN=old', 'CN=young'] },
      { identity: [renewed.leaf.serial] },
      { trust: ['CN=young'] },
    ]);
  });

  it('removes an anchor in one step and at once when no identity moves', () => {
    expect(told(deliverySteps(first(leaf, both), first(leaf, old)))).toEqual([{ trust: ['CN=old'] }]);
    expect(told(deliverySteps(first(leaf, old), first(leaf, young)))).toEqual([{ trust: ['CN=young'] }]);
  });

  it('removes an anchor after the identity when both change', () => {
    expect(told(deliverySteps(first(leaf, both), first(renewed, young)))).toEqual([{ identity: [renewed.leaf.serial] }, { trust: ['CN=young'] }]);
  });

  it('adds an anchor before the identity and needs no third step', () => {
    expect(told(deliverySteps(first(leaf, old), first(renewed, both)))).toEqual([{ trust: ['CN=old', 'CN=young'] }, { identity: [renewed.leaf.serial] }]);
  });

  it('leaves out what did not change', () => {
    expect(told(deliverySteps(first(leaf, old), first(renewed, old)))).toEqual([{ identity: [renewed.leaf.serial] }]);
    expect(deliverySteps(first(leaf, old), first(leaf, old))).toEqual([]);
  });

  it('ends with exactly the material of the next generation', () => {
    const next = first(renewed, young);
    const offered = new Map(deliverySteps(first(leaf, old), next).flatMap((step) => [...step]));
    expect(offered.get('trust')?.fingerprint).toBe(young.fingerprint);
    expect(offered.get('identity')).toBe(renewed);
  });
});
