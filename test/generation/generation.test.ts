import { beforeAll, expect, it } from 'vitest';
import { changedNames, succeed, withdraw } from '../../src/generation/generation.ts';
import type { TrustBundle } from '../../src/material/material.ts';
import { parseTrust } from '../../src/material/trust.ts';
import { NOW, createRoot, trustSecret } from '../fixtures/pki.ts';

let [red, blue, redAgain]: TrustBundle[] = [];
beforeAll(async () => {
  const [one, other] = [await createRoot('red'), await createRoot('blue')];
  red = parseTrust([{ version: 'v1', text: trustSecret(one) }], NOW);
  blue = parseTrust([{ version: 'v1', text: trustSecret(other) }], NOW);
  redAgain = parseTrust([{ version: 'v2', text: trustSecret(one) }], NOW);
});

it('counts generations from 1', () => {
  const first = succeed(undefined, new Map([['a', red!]]));
  expect(first.number).toBe(1);
  expect(succeed(first, new Map()).number).toBe(2);
});

it('keeps what did not change and leaves its predecessor as it was', () => {
  const first = succeed(undefined, new Map([['a', red!], ['b', blue!]]));
  const second = succeed(first, new Map([['b', red!]]));
  expect([...second.materials]).toEqual([['a', red], ['b', red]]);
  expect(first.materials.get('b')).toBe(blue);
});

it('calls a secret changed by its material and not by the version of its source', () => {
  const first = succeed(undefined, new Map([['a', red!], ['b', red!]]));
  const second = succeed(first, new Map([['a', redAgain!], ['b', blue!]]));
  expect(changedNames(first, second)).toEqual(['b']);
});

it('calls every secret of a first generation changed', () => {
  expect(changedNames(undefined, succeed(undefined, new Map([['a', red!]])))).toEqual(['a']);
});

it('takes back what its culprits became and keeps what else changed', () => {
  const good = succeed(undefined, new Map([['a', red!], ['b', red!]]));
  const failed = succeed(good, new Map([['a', blue!], ['b', blue!]]));
  const fallback = withdraw(failed, ['a'], good);
  expect([...fallback.materials]).toEqual([['a', red], ['b', blue]]);
  expect(fallback.number).toBe(3);
  expect(withdraw(failed, ['a', 'b'], good)).toBe(good);
});
