import { afterEach, beforeEach, expect, it } from 'vitest';
import { advanceRollout } from '../../src/lambda/rollout.ts';
import { type RenewerWorld, renewerWorld } from '../fixtures/renewer-world.ts';

const TELLER = { cluster: 'color', service: 'colorteller' };
const GATEWAY = { cluster: 'color', service: 'colorgateway' };
let world: RenewerWorld;
beforeEach(async () => {
  world = await renewerWorld();
});
afterEach(() => world.stop());

const advance = (since: Date): ReturnType<typeof advanceRollout> => advanceRollout(world.clients.ecs, [TELLER, GATEWAY], since);

it('tasks that are younger than the secret are left alone', async () => {
  for (const { cluster, service } of [TELLER, GATEWAY]) world.aws.ecs.create(cluster, service, () => Promise.resolve());
  expect(await advance(new Date(Date.now() - 60_000))).toBe('done');
  expect(world.aws.calls.of('UpdateService')).toEqual([]);
});

it('a service that does not exist is named', async () => {
  await expect(advance(new Date())).rejects.toMatchObject({ code: 'source-not-found', message: 'the service colorteller in color cannot be described: MISSING' });
});

it('replaces one, then the next', async () => {
  for (const { cluster, service } of [TELLER, GATEWAY]) world.aws.ecs.create(cluster, service, () => Promise.resolve());
  const since = new Date(Date.now() + 1);
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(await advance(since)).toBe('deploying');
  expect(await advance(since)).toBe('deploying');
  expect(await advance(since)).toBe('done');
  expect(world.aws.calls.of('UpdateService').map(({ resource }) => resource)).toEqual(['colorteller', 'colorgateway']);
});
