import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { SECRETS } from '../../src/demo/credentials.ts';
import { DELIVERIES, type RunningMesh, type Stored, startMesh } from '../fixtures/running-mesh.ts';
import { plainKeyPem } from '../fixtures/pki.ts';

const PAST = { notBefore: new Date('2020-01-01T00:00:00Z'), notAfter: new Date('2021-01-01T00:00:00Z') };

function document({ issued }: Stored, changes: Readonly<Record<string, string>> = {}): string {
  return JSON.stringify({ Certificate: issued.certificatePem, CertificateChain: issued.chainPem, PrivateKey: plainKeyPem(issued.key), ...changes });
}

/** Each makes the gateway's secret bad in one way. */
const BAD: readonly { readonly code: string; readonly arrange: (mesh: RunningMesh) => Promise<unknown> }[] = [
  { code: 'certificate-expired', arrange: ({ renew }) => renew('gateway', { changes: PAST }) },
  { code: 'document-unreadable', arrange: ({ put }) => put(SECRETS.gateway, 'nothing of use') },
  { code: 'key-mismatch', arrange: ({ put, first }) => put(SECRETS.gateway, document(first.gateway, { PrivateKey: plainKeyPem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey) })) },
  { code: 'certificate-purpose', arrange: ({ renew }) => renew('gateway', { changes: { purposes: ['server'] } }) },
];

test.each(DELIVERIES)('by %s: an expired one, garbage, a wrong key, a wrong purpose; the colour still comes, and the status says what is wrong', async (delivery) => {
  const mesh = await startMesh({ delivery });
  const { gateway, teller, ask, app, first } = mesh;
  for (const { code, arrange } of BAD) {
    await arrange(mesh);
    gateway.signal('SIGHUP');
    await expect.poll(async () => (await identityOf(mesh))?.problem?.code, { timeout: 5_000, interval: 20 }).toBe(code);
    expect(await identityOf(mesh)).toMatchObject({ stage: 'proven', sourceVersion: first.gateway.version, certificates: [{ serial: first.gateway.serial }] });
    expect(await ask()).toEqual({ status: 200, body: 'yellow' });
    expect((await gateway.ask('/ready')).status).toBe(200);
  }
  // in the trust of the other side, too
  await mesh.put(SECRETS.gatewayTrust, JSON.stringify({ TrustBundle: '' }));
  teller.signal('SIGHUP');
  await expect.poll(async () => (await teller.status()).secrets.find(({ kind }) => kind === 'trust')?.problem, { timeout: 5_000 }).toBeDefined();
  expect(await ask()).toEqual({ status: 200, body: 'yellow' });

  const { version, serial } = await mesh.renew('gateway');
  gateway.signal('SIGHUP');
  await gateway.took(version);
  expect((await identityOf(mesh))?.problem).toBeUndefined();
  await expect.poll(async () => (await Promise.all(Array.from({ length: 24 }, () => ask())), app.seen?.serial), { interval: 1 }).toBe(serial);
});

test('an AWS that is gone takes nothing away', async () => {
  const mesh = await startMesh();
  await mesh.aws.close();
  mesh.gateway.signal('SIGHUP');
  await expect.poll(async () => (await identityOf(mesh))?.problem?.code, { timeout: 10_000 }).toBeDefined();
  expect(await mesh.ask()).toEqual({ status: 200, body: 'yellow' });
  expect((await mesh.gateway.ask('/ready')).status).toBe(200);
});

async function identityOf({ gateway }: RunningMesh): Promise<Awaited<ReturnType<typeof gateway.status>>['secrets'][number] | undefined> {
  return (await gateway.status()).secrets.find(({ kind }) => kind === 'identity');
}
