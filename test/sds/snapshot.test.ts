import { beforeAll, expect, it } from 'vitest';
import type { TrustBundle } from '../../src/material/material.ts';
import { parseTrust } from '../../src/material/trust.ts';
import { Snapshot } from '../../src/sds/snapshot.ts';
import { NOW, createRoot, trustSecret } from '../fixtures/pki.ts';

let [red, blue]: TrustBundle[] = [];
beforeAll(async () => {
  red = parseTrust([{ version: 'v1', text: trustSecret(await createRoot('red')) }], NOW);
  blue = parseTrust([{ version: 'v1', text: trustSecret(await createRoot('blue')) }], NOW);
});

it('gives equal material an equal version, and other material or another revision another one', () => {
  const snapshot = new Snapshot();
  const first = snapshot.set('trust', red!, 0);
  expect(snapshot.set('trust', { ...red!, sourceVersion: 'v2' }, 0)).toBe(first);
  expect(new Set([first, snapshot.set('trust', blue!, 0), snapshot.set('trust', red!, 1)]).size).toBe(3);
});

it('holds the last offer of each name', () => {
  const snapshot = new Snapshot();
  snapshot.set('a', red!, 0);
  const version = snapshot.set('a', blue!, 2);
  expect(snapshot.get('a')).toEqual({ version, material: blue, revision: 2 });
  expect(snapshot.get('b')).toBeUndefined();
});

it('tells its watchers of every change until they leave, also from inside a call', () => {
  const snapshot = new Snapshot();
  const heard: string[] = [];
  const leave = snapshot.watch(() => {
    heard.push('once');
    leave();
  });
  snapshot.watch(() => heard.push('always'));
  snapshot.set('a', red!, 0);
  snapshot.set('a', blue!, 0);
  expect(heard).toEqual(['once', 'always', 'always']);
});
