import { beforeAll, describe, expect, it } from 'vitest';
import { describeChanges } from '../../src/generation/description.ts';
import { type Generation, succeed } from '../../src/generation/generation.ts';
import type { Identity, Material } from '../../src/material/material.ts';
import { parseIdentity } from '../../src/material/identity.ts';
import { parseTrust } from '../../src/material/trust.ts';
import { NOW, createPki, createSide, identitySecret, trustSecret } from '../fixtures/pki.ts';

let first: Generation;
let second: Generation;
beforeAll(async () => {
  const [pki, renewed] = [await createPki(), await createSide('colorgateway')];
  const identity = (text: Parameters<typeof identitySecret>[0], version: string): Promise<Identity> => parseIdentity({ version, text: identitySecret(text) }, { roles: ['client'], names: [], now: NOW });
  first = succeed(undefined, new Map<string, Material>([['identity', await identity(pki.gateway.leaf, 'v1')], ['trust', parseTrust([{ version: 't1', text: trustSecret(pki.teller.root) }], NOW)]]));
  second = succeed(first, new Map([['identity', await identity(renewed.leaf, 'v2')]]));
});

const leafOf = ({ materials }: Generation) => (materials.get('identity') as Identity).leaf;

describe('what changed, for the log', () => {
  it('says of a renewed leaf what it is, and which serial it replaced', () => {
    const { subject, serial, names, notAfter } = leafOf(second);
    expect(describeChanges(first, second, ['identity'])).toEqual([{ name: 'identity', version: 'v2', subject, serial, names, notAfter, instead: [leafOf(first).serial] }]);
  });

  it('names every anchor of a bundle, and nothing before the first', () => {
    expect(describeChanges(undefined, first, ['trust'])).toEqual([{ name: 'trust', version: 't1', anchors: [expect.stringMatching(/^CN=colorteller root [0-9a-f]+$/)] }]);
  });

  it('says nothing of a key', () => {
    expect(JSON.stringify(describeChanges(first, second, ['identity', 'trust']))).not.toMatch(/key|BEGIN/i);
  });
});
