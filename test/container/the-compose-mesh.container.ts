import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ComposeMesh, composeUp } from './mesh.ts';

let mesh: ComposeMesh;
beforeAll(async () => {
  mesh = await composeUp();
});
afterAll(() => mesh.down());

test('a client gets a colour through both Envoys', async () => {
  await expect.poll(() => mesh.colour(), { timeout: 20_000 }).toEqual({ status: 200, body: 'yellow' });
});
