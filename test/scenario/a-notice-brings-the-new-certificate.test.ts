import { expect, test } from 'vitest';
import { SECRETS } from '../../src/demo/credentials.ts';
import { probeLeaf } from '../../src/envoy/probe.ts';
import { DELIVERIES, createMesh } from '../fixtures/running-mesh.ts';

const never = new AbortController().signal;
/** Nothing is found by polling while a test runs. */
const SELDOM = { MTLS_POLL: '1h' };

test.each(DELIVERIES)('by %s both sides take what they are told of, long before the next poll (promise 117)', async (delivery) => {
  const mesh = await createMesh({ delivery });
  // a queue of its own for each: a message reaches one consumer
  const queues = { teller: mesh.aws.sqs.create('teller'), gateway: mesh.aws.sqs.create('gateway') };
  const [teller, gateway] = await Promise.all([
    mesh.start('teller', { environment: { ...SELDOM, MTLS_NOTICES: queues.teller.url } }),
    mesh.start('gateway', { environment: { ...SELDOM, MTLS_NOTICES: queues.gateway.arn } }),
  ]);
  await Promise.all([teller.ready(), gateway.ready()]);
  for (const { queue } of Object.values(queues)) mesh.aws.events.target(queue);
  for (let rotation = 0; rotation < 3; rotation += 1) {
    const [first, second] = await Promise.all([mesh.renew('teller'), mesh.renew('gateway')]);
    await Promise.all([teller.took(first.version), gateway.took(second.version)]);
    expect(await probeLeaf({ host: '127.0.0.1', port: mesh.ports.teller }, never)).toBe(first.serial);
    expect((await mesh.ask()).status).toBe(200);
  }
  await expect.poll(() => queues.teller.queue.size + queues.gateway.queue.size).toBe(0);
  const { notices } = await teller.status();
  // of each rotation: ours, the gateway's, and a certificate of ACM each, which may be ours
  expect(notices).toMatchObject({ used: 9, foreign: 3, repeated: 0, unknown: 0, malformed: 0 });
});

test('a flood of junk, foreign and repeated messages costs a bounded number of looks, and a change among them is found', async () => {
  const mesh = await createMesh();
  const { url, queue } = mesh.aws.sqs.create('teller');
  const teller = await mesh.start('teller', { environment: { ...SELDOM, MTLS_NOTICES: url } });
  await teller.ready();
  const asked = (): number => mesh.aws.calls.of('DescribeSecret').filter(({ resource }) => resource === SECRETS.teller).length;
  const before = asked();
  const change = (id: string, name: string): string => JSON.stringify({ id, source: 'aws.secretsmanager', 'detail-type': 'Secret Label Updated', resources: [name], detail: { name, labelUpdated: 'AWSCURRENT', versionId: 'v' } });
  for (let number = 0; number < 100; number += 1) for (const body of ['junk', change(`foreign-${number}`, 'somebody/else'), change('always the same', SECRETS.teller), change(`forged-${number}`, SECRETS.teller)]) queue.send(body);
  const { version } = await mesh.renew('teller');
  queue.send(change('the true one', SECRETS.teller));
  await teller.took(version);
  await expect.poll(() => queue.size, { timeout: 20_000 }).toBe(0);
  const { notices } = await teller.status();
  expect(notices).toMatchObject({ malformed: 100, foreign: 100, repeated: 99, used: 102 });
  // a burst of five, then one a second of the few that the queue took to drain
  expect(asked() - before).toBeLessThan(20);
});

test('a queue that nobody may read is told once, and takes nothing away', async () => {
  const mesh = await createMesh({ fault: ({ operation }) => (operation === 'ReceiveMessage' ? { kind: 'access-denied' } : undefined) });
  const teller = await mesh.start('teller', { environment: { MTLS_POLL: '250ms', MTLS_NOTICES: mesh.aws.sqs.create('teller').url } });
  await teller.ready();
  await expect.poll(async () => (await teller.status()).notices?.problem?.code).toBe('access-denied');
  await teller.took((await mesh.renew('teller')).version);
  expect(teller.events().filter(({ event }) => event === 'notices-failed')).toHaveLength(1);
});
