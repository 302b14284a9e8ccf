import { describe, expect, test } from 'vitest';
import { SECRETS } from '../../src/demo/credentials.ts';
import { isFree } from '../fixtures/free-ports.ts';
import { DELIVERIES, createMesh } from '../fixtures/running-mesh.ts';

const SLOW_MS = 800;

describe.each(DELIVERIES)('by %s', (delivery) => {
  test('while the secret is on its way the agent is live, not ready, and says why; then everything is proven (promise 90)', async () => {
    const { start, ports, ask, first } = await createMesh({ delivery, fault: ({ resource }) => (resource === SECRETS.gateway ? { kind: 'delay', ms: SLOW_MS } : undefined) });
    const [teller, gateway] = await Promise.all([start('teller'), start('gateway')]);
    const why = delivery === 'sds' ? /^(identity|trust) \S+ is missing$/m : /^envoy is starting$/m;
    await expect.poll(async () => gateway.ask('/ready'), { interval: 10 }).toEqual({ status: 503, body: expect.stringMatching(why) as string });
    expect((await gateway.ask('/live')).status).toBe(200);
    expect(await isFree(ports.gateway)).toBe(true);

    await Promise.all([teller.ready(), gateway.ready()]);
    // the first request after readiness is answered
    expect(await ask()).toEqual({ status: 200, body: 'yellow' });
    const events = gateway.events().map(({ event }) => event);
    expect(events.indexOf('delivered')).toBeLessThan(events.indexOf('proven'));

    const { ready, generation, secrets } = await gateway.status();
    expect({ ready, generation }).toEqual({ ready: true, generation: 1 });
    expect(secrets.map(({ stage }) => stage)).toEqual(['proven', 'proven']);
    expect(secrets.find(({ kind }) => kind === 'identity')).toMatchObject({ sourceVersion: first.gateway.version, certificates: [{ serial: first.gateway.serial }] });
  });

  test('readiness follows Envoy: one that drains is not ready', async () => {
    const { start } = await createMesh({ delivery });
    const teller = await start('teller');
    await teller.ready();
    await teller.envoy.post('/healthcheck/fail', AbortSignal.timeout(2_000));
    await expect.poll(async () => teller.ask('/ready')).toMatchObject({ status: 503, body: 'envoy is DRAINING\n' });
    await teller.envoy.post('/healthcheck/ok', AbortSignal.timeout(2_000));
    await expect.poll(async () => (await teller.ask('/ready')).status).toBe(200);
  });
});
