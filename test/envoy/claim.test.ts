import { beforeAll, describe, expect, it } from 'vitest';
import { Claims } from '../../src/envoy/claim.ts';
import { succeed } from '../../src/generation/generation.ts';
import { parseIdentity } from '../../src/material/identity.ts';
import type { Identity, Material, TrustBundle } from '../../src/material/material.ts';
import { parseTrust } from '../../src/material/trust.ts';
import type { Manifest } from '../../src/mesh/manifest.ts';
import { manifestSecret } from '../fixtures/pipeline.ts';
import { NOW, type Side, createRoot, createSide, identitySecret, trustSecret } from '../fixtures/pki.ts';

const leaves: Identity[] = [];
let one: TrustBundle;
let both: TrustBundle;
beforeAll(async () => {
  const parse = (side: Side): Promise<Identity> => parseIdentity({ version: 'v', text: identitySecret(side.leaf) }, { roles: ['server'], names: [], now: NOW });
  for (let count = 0; count < 11; count += 1) leaves.push(await parse(await createSide('colorteller')));
  const [red, blue] = [await createRoot('red'), await createRoot('blue')];
  one = parseTrust([{ version: 'v', text: trustSecret(red) }], NOW);
  both = parseTrust([{ version: 'v', text: trustSecret(red, blue) }], NOW);
});

const manifest: Manifest = {
  mesh: 'color',
  endpoint: 'virtualNode/colorteller',
  secrets: [manifestSecret('identity', 'identity', { consumers: 2 }), manifestSecret('trust', 'trust')],
  listeners: [
    { statPrefix: '0.0.0.0_15000', host: '127.0.0.1', port: 15000, tls: 'mutual', identity: 'identity' },
    { statPrefix: '0.0.0.0_15001', host: '127.0.0.1', port: 15001, tls: 'none' },
  ],
};
const generation = (identity: Identity, trust: TrustBundle) => succeed(undefined, new Map<string, Material>([['identity', identity], ['trust', trust]]));
const serial = (index: number): string => leaves[index]!.leaf.serial;

describe('a claim', () => {
  it('names the leaf and every anchor, as often as the manifest has consumers', () => {
    const { secrets } = new Claims().of(generation(leaves[0]!, both), manifest);
    expect(secrets).toEqual([
      { name: 'identity', kind: 'identity', consumers: 2, serials: [serial(0)], older: [] },
      { name: 'trust', kind: 'trust', consumers: 1, serials: both.anchors.map((anchor) => anchor.serial), older: [] },
    ]);
  });

  it('has the listeners that serve an identity dialled, and only them', () => {
    expect(new Claims().of(generation(leaves[0]!, one), manifest).listeners).toEqual([{ host: '127.0.0.1', port: 15000, serial: serial(0) }]);
  });

  it('remembers what went before, so that a context that stayed behind is seen', () => {
    const claims = new Claims();
    claims.of(generation(leaves[0]!, one), manifest);
    const { secrets } = claims.of(generation(leaves[1]!, both), manifest);
    expect(secrets).toMatchObject([{ serials: [serial(1)], older: [[serial(0)]] }, { older: [[one.anchors[0]!.serial]] }]);
  });

  it('does not call the same material its own predecessor, nor after going back', () => {
    const claims = new Claims();
    claims.of(generation(leaves[0]!, one), manifest);
    claims.of(generation(leaves[0]!, one), manifest);
    claims.of(generation(leaves[1]!, one), manifest);
    const { secrets } = claims.of(generation(leaves[0]!, one), manifest);
    expect(secrets).toMatchObject([{ serials: [serial(0)], older: [[serial(1)]] }, { older: [] }]);
  });

  it('forgets what is more than a few rotations ago', () => {
    const claims = new Claims();
    for (const leaf of leaves) claims.of(generation(leaf, one), manifest);
    const [identity] = claims.of(generation(leaves[10]!, one), manifest).secrets;
    expect(identity?.older).toEqual([3, 4, 5, 6, 7, 8, 9].map((index) => [serial(index)]));
  });

  it('has the text of a bundle from its first revocation list on, and still when the list is gone', () => {
    const claims = new Claims();
    const listed: TrustBundle = { ...one, pem: `${one.pem}list`, revocationPem: 'list' };
    expect(claims.of(generation(leaves[0]!, one), manifest).bundles).toEqual([]);
    expect(claims.of(generation(leaves[0]!, listed), manifest).bundles).toEqual([{ name: 'trust', pem: listed.pem }]);
    expect(claims.of(generation(leaves[0]!, one), manifest).bundles).toEqual([{ name: 'trust', pem: one.pem }]);
  });

  it('asks nothing of an endpoint without TLS', () => {
    expect(new Claims().of(succeed(undefined, new Map()), { ...manifest, secrets: [], listeners: [] })).toEqual({ secrets: [], bundles: [], listeners: [] });
  });
});
