import { get } from 'node:http';
import { describe, expect, test } from 'vitest';
import { SECRETS } from '../../src/demo/credentials.ts';
import { DELIVERIES, TELLER_CA, createMesh, startMesh } from '../fixtures/running-mesh.ts';

const LISTENER = 'listener.0.0.0.0_15000';

describe.each(DELIVERIES)('by %s', (delivery) => {
  test('ColorGateway checks ColorTeller and presents nothing (promises 26, 27, 33, 35, 41, 46-48)', async () => {
    const { ask, app, teller, gateway, aws } = await startMesh({ delivery, state: 'one-way' });
    expect(await ask()).toEqual({ status: 200, body: 'yellow' });
    expect([app.requests, app.seen]).toEqual([1, undefined]);
    expect(await teller.counter(`${LISTENER}.ssl.handshake`)).toBe(1);
    expect(await teller.counter(`${LISTENER}.ssl.no_certificate`)).toBe(1);
    // the gateway needs the CA that its policy names, and no secret at all (promises 29, 31, 32)
    const { secrets } = await gateway.status();
    expect(secrets).toMatchObject([{ kind: 'trust', reference: TELLER_CA, stage: 'proven' }]);
    const reads = aws.calls.of('GetSecretValue').map(({ resource }) => resource);
    expect(reads).toEqual([SECRETS.teller]);
  });

  test('a plaintext ColorTeller gets no traffic from a gateway that enforces TLS (promises 30, 33)', async () => {
    const { start, ask, app } = await createMesh({ delivery, state: 'one-way' });
    const [teller, gateway] = await Promise.all([start('teller', { state: 'no-tls' }), start('gateway')]);
    await Promise.all([teller.ready(), gateway.ready()]);
    expect((await ask()).status).toBe(503);
    expect(app.requests).toBe(0);
    // they did meet: what failed is the handshake
    expect(await gateway.counter('cluster.cds_egress_mtls_colorteller_http_15000.ssl.connection_error')).toBeGreaterThan(0);
  });

  test('a server certificate of another CA gets no traffic either (promise 34)', async () => {
    const { aws, renew, start, ask, app } = await createMesh({ delivery, state: 'one-way' });
    await renew('teller', { authorityArn: (await aws.privateCa.create({ subject: 'CN=stranger' })).arn });
    const [teller, gateway] = await Promise.all([start('teller'), start('gateway')]);
    await Promise.all([teller.ready(), gateway.ready()]);
    expect((await ask()).status).toBe(503);
    expect(app.requests).toBe(0);
    expect(await gateway.counter('cluster.cds_egress_mtls_colorteller_http_15000.ssl.fail_verify_error')).toBeGreaterThan(0);
  });

  test('plain HTTP to the strict listener fails (promises 36, 37)', async () => {
    const { ports, app, teller } = await startMesh({ delivery, state: 'one-way' });
    const answer = new Promise((resolve) => get({ host: '127.0.0.1', port: ports.teller, agent: false }, resolve).once('error', ({ message }) => resolve(message)));
    expect(await answer).toMatch(/socket hang up|ECONNRESET/);
    expect(app.requests).toBe(0);
    await expect.poll(() => teller.counter(`${LISTENER}.ssl.connection_error`)).toBe(1);
  });
});

test('the definitions alone choose the mode: same program, same sources (promise 12)', async () => {
  const mesh = await createMesh();
  for (const state of ['one-way', 'mtls'] as const) {
    const environment = { MTLS_IDENTITY: `secret:${SECRETS.gateway}` };
    const [teller, gateway] = await Promise.all([mesh.start('teller', { state }), mesh.start('gateway', { state, environment })]);
    await Promise.all([teller.ready(), gateway.ready()]);
    expect(await mesh.ask()).toEqual({ status: 200, body: 'yellow' });
    expect(await teller.counter(`${LISTENER}.ssl.no_certificate`)).toBe(state === 'mtls' ? 0 : 1);
    for (const agent of [gateway, teller]) {
      agent.signal('SIGTERM');
      expect(await agent.exited).toBe(0);
    }
  }
});
