import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { knock } from '../../src/demo/intruders.ts';
import { DELIVERIES, TELLER_CA, type RunningMesh, createMesh, startMesh } from '../fixtures/running-mesh.ts';

const LISTENER = 'listener.0.0.0.0_15000';
const CLUSTER = 'cluster.cds_egress_mtls_colorteller_http_15000';
const never = new AbortController().signal;

/** A CA that nobody in the mesh knows. */
async function strangeAuthority({ aws }: Pick<RunningMesh, 'aws'>): Promise<string> {
  return (await aws.privateCa.create({ subject: 'CN=stranger' })).arn;
}

describe.each(DELIVERIES)('by %s', (delivery) => {
  test('a server certificate of another CA: the gateway sends nothing (promises 4, 34)', async () => {
    const mesh = await startMesh({ delivery });
    const { version } = await mesh.renew('teller', { authorityArn: await strangeAuthority(mesh) });
    mesh.teller.signal('SIGHUP');
    await mesh.teller.took(version);
    expect((await mesh.ask()).status).toBe(503);
    expect(await mesh.gateway.counter(`${CLUSTER}.ssl.fail_verify_error`)).toBeGreaterThan(0);
    expect(mesh.app.requests).toBe(0);
  });

  test('a client certificate of another CA in the gateway: no colour comes back (promises 4, 95)', async () => {
    const mesh = await startMesh({ delivery });
    const { version } = await mesh.renew('gateway', { authorityArn: await strangeAuthority(mesh) });
    mesh.gateway.signal('SIGHUP');
    await mesh.gateway.took(version);
    expect((await mesh.ask()).status).toBe(503);
    expect(await mesh.teller.counter(`${LISTENER}.ssl.fail_verify_error`)).toBeGreaterThan(0);
    expect(mesh.app.requests).toBe(0);
  });

  test("ColorTeller's trust replaced by another CA refuses the genuine gateway, and put back lets it in (promise 96)", async () => {
    const mesh = await startMesh({ delivery });
    const strange = await mesh.trustClientsOf(await strangeAuthority(mesh));
    mesh.teller.signal('SIGHUP');
    await mesh.teller.took(strange);
    expect((await mesh.ask()).status).toBe(503);
    expect(mesh.app.requests).toBe(0);
    const right = await mesh.trustClientsOf(mesh.authorities.gateway);
    mesh.teller.signal('SIGHUP');
    await mesh.teller.took(right);
    expect(await mesh.ask()).toEqual({ status: 200, body: 'yellow' });
  });

  test('the two trust bundles swapped break both directions (promise 52)', async () => {
    const mesh = await createMesh({ delivery });
    const [teller, gateway] = await Promise.all([
      mesh.start('teller', { environment: { MTLS_TRUST: TELLER_CA } }),
      mesh.start('gateway', { environment: { MTLS_TRUST: mesh.authorities.gateway } }),
    ]);
    await Promise.all([teller.ready(), gateway.ready()]);
    expect((await mesh.ask()).status).toBe(503);
    expect(await gateway.counter(`${CLUSTER}.ssl.fail_verify_error`)).toBeGreaterThan(0);
    const genuine = { name: 'genuine gateway', identity: mesh.first.gateway.issued, counter: 'ssl.fail_verify_error' };
    expect(await knock([genuine], mesh.ports.teller, LISTENER, teller.envoy, systemClock, never)).toMatchObject([{ refused: true }]);
    expect(mesh.app.requests).toBe(0);
  });
});
