import { afterAll, beforeAll, expect, test } from 'vitest';
import { docker, nodeIn } from './docker.ts';
import { type ComposeMesh, composeUp } from './mesh.ts';
import { needlesOf, searching } from './secrets.ts';

const YELLOW = { status: 200, body: 'yellow' };
const WAYS = ['one-way', 'files', 'serve', 'fetch'] as const;

let mesh: ComposeMesh;
beforeAll(async () => {
  mesh = await composeUp(WAYS, WAYS.map((way) => `colorgateway-${way}`));
});
afterAll(() => mesh.down());

test.each(WAYS)('profile %s: a client gets a colour', async (way) => {
  await expect.poll(() => mesh.colour(`colorgateway-${way}`), { timeout: 30_000 }).toEqual(YELLOW);
});

test('one-way TLS is told from mutual', async () => {
  const judge = (expected: string): Promise<{ code: number }> => mesh.exec('colorteller-one-way', '/usr/bin/mtls-agent', 'stats', '--expect', expected);
  expect((await judge('one-way')).code).toBe(0);
  expect((await judge('mtls')).code).toBe(1);
});

test('delivered by files the key is in memory and there alone, and the search finds it there', async () => {
  const needles = await needlesOf(await mesh.id('aws'), 'color/colorteller');
  const id = await mesh.id('colorteller-files');
  const { stdout } = await nodeIn(id, searching(needles));
  expect(stdout.trim().split('\n')).toEqual([expect.stringMatching(/^\/run\/mtls-agent\/.*\/tls\.key$/)]);
});

test('served to the Envoy of another container, which goes on while its agent is replaced', async () => {
  await docker('restart', '--time', '10', await mesh.id('colorgateway-serve-agent'));
  expect(await mesh.colour('colorgateway-serve')).toEqual(YELLOW);
  await expect.poll(async () => (await mesh.exec('colorgateway-serve-agent', '/usr/bin/mtls-agent', 'status', '--health')).code, { timeout: 20_000 }).toBe(0);
  expect(await mesh.colour('colorgateway-serve')).toEqual(YELLOW);
});
