import { expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { SECRETS } from '../../src/demo/credentials.ts';
import { knock } from '../../src/demo/intruders.ts';
import type { Authority, Issued } from '../../src/demo/pki/authority.ts';
import { revocationList } from '../fixtures/revocation.ts';
import { DELIVERIES, type RunningMesh, startMesh } from '../fixtures/running-mesh.ts';

const LISTENER = 'listener.0.0.0.0_15000';
const never = new AbortController().signal;
const HOUR_MS = 3_600_000;

/** Stores ColorTeller's trust: the gateway's CA and a list of it. Returns the version. */
async function trustWith(mesh: RunningMesh, list: string, ...others: readonly string[]): Promise<string> {
  const { certificatePem } = authorityOf(mesh);
  const version = await mesh.put(SECRETS.gatewayTrust, JSON.stringify({ TrustBundle: [certificatePem, ...others, list].join('') }));
  mesh.teller.signal('SIGHUP');
  return version;
}

function authorityOf({ aws, authorities }: RunningMesh): Authority {
  return aws.privateCa.authority(authorities.gateway);
}

/** A list that is in force now: the machine's clock is what Envoy looks at. */
function current(mesh: RunningMesh, revoked: readonly Issued[], number: number, issuer: Authority = authorityOf(mesh)): Promise<string> {
  const nowMs = systemClock.now().getTime();
  const dates = { thisUpdate: new Date(nowMs - HOUR_MS), nextUpdate: new Date(nowMs + HOUR_MS) };
  return revocationList(issuer, { ...dates, number, revoked: revoked.map(({ certificate }) => certificate.serialNumber) });
}

async function isRefused(mesh: RunningMesh, identity: Issued): Promise<boolean | undefined> {
  const [answer] = await knock([{ name: 'a client', identity, counter: 'ssl.fail_verify_error' }], mesh.ports.teller, LISTENER, mesh.teller.envoy, systemClock, never);
  return answer?.refused;
}

test.each(DELIVERIES)('by %s: new connections of the revoked client are refused, its successor is let in, and a bad list changes nothing', async (delivery) => {
  const mesh = await startMesh({ delivery });
  const revoked = mesh.first.gateway.issued;
  await mesh.teller.took(await trustWith(mesh, await current(mesh, [], 1)));
  expect(await mesh.ask()).toEqual({ status: 200, body: 'yellow' });
  expect(await isRefused(mesh, revoked)).toBe(false);

  await mesh.teller.took(await trustWith(mesh, await current(mesh, [revoked], 2)));
  expect(await isRefused(mesh, revoked)).toBe(true);
  const renewed = await mesh.renew('gateway');
  mesh.gateway.signal('SIGHUP');
  await mesh.gateway.took(renewed.version);
  expect(await isRefused(mesh, renewed.issued)).toBe(false);
  expect((await mesh.ask()).status).toBe(200);

  const past = { thisUpdate: new Date('2020-01-01T00:00:00Z'), nextUpdate: new Date('2020-01-02T00:00:00Z') };
  for (const [bad, code] of [[await revocationList(authorityOf(mesh), past), 'crl-expired'], ['-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n', 'crl-invalid']] as const) {
    await trustWith(mesh, bad);
    await expect.poll(async () => (await mesh.teller.status()).secrets.find(({ kind }) => kind === 'trust')?.problem?.code).toBe(code);
    expect(await isRefused(mesh, revoked)).toBe(true);
    expect(await isRefused(mesh, renewed.issued)).toBe(false);
  }
  const { secrets } = await mesh.teller.status();
  expect(secrets.find(({ kind }) => kind === 'trust')?.revocation).toMatchObject([{ issuer: 'CN=gateway root', number: '2', revoked: 1 }]);
});

test('two CAs with a list each: both are let in, and a list for one alone is refused before Envoy sees it', async () => {
  const mesh = await startMesh();
  const { arn, authority } = await mesh.aws.privateCa.create({ subject: 'CN=second gateway root' });
  const other = (await mesh.renew('gateway', { authorityArn: arn })).issued;
  const lists = (await current(mesh, [], 1)) + (await current(mesh, [], 1, authority));
  await mesh.teller.took(await trustWith(mesh, lists, authority.certificatePem));
  expect(await isRefused(mesh, mesh.first.gateway.issued)).toBe(false);
  expect(await isRefused(mesh, other)).toBe(false);

  await trustWith(mesh, await current(mesh, [], 2), authority.certificatePem);
  await expect.poll(async () => (await mesh.teller.status()).secrets.find(({ kind }) => kind === 'trust')?.problem?.code).toBe('crl-invalid');
  expect(await isRefused(mesh, other)).toBe(false);
});
