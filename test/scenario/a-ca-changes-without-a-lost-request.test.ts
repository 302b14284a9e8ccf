import { expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { SECRETS } from '../../src/demo/credentials.ts';
import { knock } from '../../src/demo/intruders.ts';
import { startLoad } from '../../src/demo/load.ts';
import { DELIVERIES, type Delivery, type End, createMesh } from '../fixtures/running-mesh.ts';

const never = new AbortController().signal;
const LISTENER = 'listener.0.0.0.0_15000';
const CLUSTER = 'cluster.cds_egress_mtls_colorteller_http_15000';
/** Of the gateway, in place of the CA's ARN: a bundle that somebody writes. */
const TELLER_TRUST = 'color/colorteller-ca';

async function start(delivery: Delivery) {
  const mesh = await createMesh({ delivery });
  mesh.aws.secretsManager.create({ name: TELLER_TRUST });
  const pemOf = (arn: string): string => mesh.aws.privateCa.authority(arn).certificatePem;
  await mesh.put(TELLER_TRUST, pemOf(mesh.authorities.teller));
  const [teller, gateway] = await Promise.all([mesh.start('teller'), mesh.start('gateway', { environment: { MTLS_TRUST: `secret:${TELLER_TRUST}` } })]);
  await Promise.all([teller.ready(), gateway.ready()]);
  const agents = { teller, gateway };
  /** Who trusts the CA of an end is the other end. */
  const trust = async (end: End, ...arns: readonly string[]): Promise<void> => {
    const [secret, other] = end === 'gateway' ? ([SECRETS.gatewayTrust, teller] as const) : ([TELLER_TRUST, gateway] as const);
    const version = await mesh.put(secret, arns.map(pemOf).join(''));
    other.signal('SIGHUP');
    await other.took(version);
  };
  const move = async (end: End, authorityArn: string) => {
    const stored = await mesh.renew(end, { authorityArn });
    agents[end].signal('SIGHUP');
    await agents[end].took(stored.version);
    return stored;
  };
  return { mesh, agents, trust, move };
}

test.each(DELIVERIES.flatMap((delivery) => [[delivery, ['gateway', 'teller']] as const, [delivery, ['teller', 'gateway']] as const]))('by %s first the CA of %s: add, move, remove, and no request fails', async (delivery, ends) => {
  const { mesh, trust, move } = await start(delivery);
  const load = startLoad(mesh.ports.gateway, systemClock);
  for (const end of ends) {
    const { arn } = await mesh.aws.privateCa.create({ subject: `CN=${end} successor` });
    await trust(end, mesh.authorities[end], arn);
    await move(end, arn);
    await trust(end, arn);
  }
  const outcomes = await load.stop();
  expect([...outcomes.keys()]).toEqual(['200']);
});

test.each(DELIVERIES)('by %s a CA that is taken away is refused from that moment on, and comes back with nothing', async (delivery) => {
  const { mesh, agents, trust, move } = await start(delivery);
  const { arn } = await mesh.aws.privateCa.create({ subject: 'CN=gateway successor' });
  const refused = async (): Promise<boolean | undefined> => {
    const [answer] = await knock([{ name: 'of the old CA', identity: mesh.first.gateway.issued, counter: 'ssl.fail_verify_error' }], mesh.ports.teller, LISTENER, agents.teller.envoy, systemClock, never);
    return answer?.refused;
  };
  await trust('gateway', mesh.authorities.gateway, arn);
  expect(await refused()).toBe(false);
  await trust('gateway', arn);
  await expect.poll(refused).toBe(true);
  // a bad identity beside it, a renewal, a bad bundle: none of them brings it back
  await mesh.put(SECRETS.teller, '{"Certificate":"junk","PrivateKey":"junk","Passphrase":"x"}');
  agents.teller.signal('SIGHUP');
  await expect.poll(async () => (await agents.teller.status()).secrets.some(({ problem }) => problem !== undefined)).toBe(true);
  expect(await refused()).toBe(true);
  await move('teller', mesh.authorities.teller);
  expect(await refused()).toBe(true);
  await mesh.put(SECRETS.gatewayTrust, 'junk');
  agents.teller.signal('SIGHUP');
  await expect.poll(async () => (await agents.teller.status()).secrets.find(({ kind }) => kind === 'trust')?.problem?.code).toBe('document-unreadable');
  expect(await refused()).toBe(true);
});

test('a server of the old CA is refused by the gateway from the removal on', async () => {
  const { mesh, agents, trust } = await start('sds');
  const { arn } = await mesh.aws.privateCa.create({ subject: 'CN=teller successor' });
  await trust('teller', arn);
  // a new connection is needed: the pool's own goes on until it ends
  const fresh = async (): Promise<number> => {
    await Promise.all(Array.from({ length: 20 }, () => mesh.ask()));
    return agents.gateway.counter(`${CLUSTER}.ssl.fail_verify_error`);
  };
  await expect.poll(fresh).toBeGreaterThan(0);
});
