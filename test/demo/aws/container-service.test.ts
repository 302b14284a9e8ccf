import { DescribeServicesCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startAws } from '../../fixtures/aws.ts';

let world: Awaited<ReturnType<typeof startAws>>;
beforeEach(async () => {
  world = await startAws();
});
afterEach(() => world.stop());

const force = (): Promise<unknown> => world.clients.ecs.send(new UpdateServiceCommand({ cluster: 'color', service: 'teller', forceNewDeployment: true }));

async function states(): Promise<readonly (string | undefined)[]> {
  const { services = [] } = await world.clients.ecs.send(new DescribeServicesCommand({ cluster: 'color', services: ['teller'] }));
  return (services[0]?.deployments ?? []).map(({ status, rolloutState }) => `${status ?? ''} ${rolloutState ?? ''}`);
}

it('has two deployments while one replaces the other, and tells when it has', async () => {
  let ready: () => void = () => undefined;
  world.aws.ecs.create('color', 'teller', () => new Promise((resolve) => (ready = resolve)));
  const told: object[] = [];
  world.aws.events.rule({ source: ['aws.ecs'], detail: { eventName: ['SERVICE_DEPLOYMENT_COMPLETED'] } }, (event) => told.push(event));
  expect(await states()).toEqual(['PRIMARY COMPLETED']);
  await force();
  expect(await states()).toEqual(['PRIMARY IN_PROGRESS', 'ACTIVE COMPLETED']);
  ready();
  await expect.poll(states).toEqual(['PRIMARY COMPLETED']);
  expect(told).toHaveLength(1);
});

it('says FAILED when tasks do not come up, and the old ones stay', async () => {
  world.aws.ecs.create('color', 'teller', () => Promise.reject(new Error('unhealthy')));
  await force();
  await expect.poll(states).toEqual(['PRIMARY FAILED', 'ACTIVE COMPLETED']);
});

it('knows no service that was not made', async () => {
  await expect(force()).rejects.toMatchObject({ name: 'ServiceNotFoundException' });
  const { failures } = await world.clients.ecs.send(new DescribeServicesCommand({ cluster: 'color', services: ['teller'] }));
  expect(failures).toMatchObject([{ reason: 'MISSING' }]);
});
