import { describe, expect, test } from 'vitest';
import type { Manifest } from '../../src/mesh/manifest.ts';
import type { TlsContext } from '../../src/envoy/certs.ts';
import { type Expected, expectedOf, unproven } from '../../src/envoy/proof.ts';

const identity: Expected = { name: 'identity', kind: 'identity', consumers: 2, serials: ['22'], older: [['11']] };
const trust: Expected = { name: 'trust', kind: 'trust', consumers: 1, serials: ['b', 'a'], older: [['a']] };

const context = (leaf: string | undefined, ...anchors: string[]): TlsContext => ({ leaf, anchors });

describe('an identity', () => {
  test('is proven when every consumer shows the new leaf', () => {
    expect(unproven([identity], [context('22'), context('22')])).toEqual([]);
  });

  test('is not proven while one consumer is missing, which is how a stuck context looks', () => {
    expect(unproven([identity], [context('22')])).toEqual(['identity: 1 of 2 TLS contexts show leaf 22']);
  });

  test('is not proven while any context shows an older leaf of ours, even with enough new ones', () => {
    expect(unproven([identity], [context('22'), context('22'), context('11')])).toEqual([
      'identity: 2 of 2 TLS contexts show leaf 22, some still the older 11',
    ]);
  });

  test('names the strangers that are shown instead', () => {
    expect(unproven([identity], [context('22'), context('99')])).toEqual(['identity: 1 of 2 TLS contexts show leaf 22, some 99']);
  });

  test('a stranger beside enough new ones is somebody else', () => {
    expect(unproven([identity], [context('22'), context('22'), context('99')])).toEqual([]);
  });

  test('the same certificate in two secrets needs the consumers of both', () => {
    const twin: Expected = { ...identity, name: 'twin', consumers: 1 };
    expect(unproven([identity, twin], [context('22'), context('22')])).toHaveLength(2);
    expect(unproven([identity, twin], [context('22'), context('22'), context('22')])).toEqual([]);
  });

  test('an older leaf that another secret holds now is no leftover', () => {
    const other: Expected = { ...identity, name: 'other', consumers: 1, serials: ['11'], older: [] };
    expect(unproven([identity, other], [context('22'), context('22'), context('11')])).toEqual([]);
  });
});

describe('a trust bundle', () => {
  test('is proven by its set of anchors, in any order', () => {
    expect(unproven([trust], [context(undefined, 'a', 'b')])).toEqual([]);
  });

  test('is not proven while a context keeps the bundle without the new anchor', () => {
    expect(unproven([trust], [context(undefined, 'a')])).toEqual(['trust: 0 of 1 TLS contexts show anchors a+b, some still the older a']);
  });

  test('is not proven while a context keeps an anchor that was removed', () => {
    const removed: Expected = { ...trust, serials: ['b'], older: [['b', 'a']] };
    expect(unproven([removed], [context(undefined, 'b'), context(undefined, 'b', 'a')])).toHaveLength(1);
  });

  test('is proven by its first anchor where Envoy lists no more', () => {
    expect(unproven([trust], [context(undefined, 'b')], 'first')).toEqual([]);
    expect(unproven([trust], [context(undefined, 'a')], 'first')).toHaveLength(1);
  });
});

test('leaf and anchors of one context are judged apart', () => {
  const one: Expected = { ...identity, consumers: 1 };
  expect(unproven([one, trust], [context('22', 'a')])).toEqual([expect.stringMatching(/^trust: 0 of 1/)]);
});

test('nothing expected is nothing unproven', () => {
  expect(unproven([], [context('1', '2')])).toEqual([]);
});

test('expects only what has been published, with the consumers of the manifest', () => {
  const secret = { reference: 'r', roles: [], names: [] };
  const manifest: Manifest = {
    mesh: 'color',
    endpoint: 'virtualNode/colorteller',
    listeners: [],
    secrets: [
      { ...secret, name: 'identity', kind: 'identity', consumers: 2 },
      { ...secret, name: 'trust', kind: 'trust', consumers: 1 },
    ],
  };
  expect(expectedOf(manifest, new Map([['identity', { serials: ['22'], older: [['11']] }]]))).toEqual([identity]);
});
