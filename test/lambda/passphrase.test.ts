import { afterEach, beforeEach, expect, it } from 'vitest';
import { DEFAULT_COMPLEXITY, randomPassphrase } from '../../src/lambda/passphrase.ts';
import { startAws } from '../fixtures/aws.ts';

let world: Awaited<ReturnType<typeof startAws>>;
beforeEach(async () => {
  world = await startAws();
});
afterEach(() => world.stop());

it('is of what ACM takes: 4 to 128 characters of ASCII without #, $ and % (promise 57)', async () => {
  for (let round = 0; round < 50; round += 1) {
    expect(await randomPassphrase(world.clients.secretsManager, DEFAULT_COMPLEXITY)).toMatch(/^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)(?=.*[^A-Za-z0-9])[!-~]{64}$/);
    expect(await randomPassphrase(world.clients.secretsManager, DEFAULT_COMPLEXITY)).not.toMatch(/[#$%]/);
  }
});

it('is another one each time', async () => {
  const many = await Promise.all(Array.from({ length: 20 }, () => randomPassphrase(world.clients.secretsManager, DEFAULT_COMPLEXITY)));
  expect(new Set(many).size).toBe(20);
});
