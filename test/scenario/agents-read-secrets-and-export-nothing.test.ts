import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { SECRETS } from '../../src/demo/credentials.ts';
import { TELLER_CA, createMesh } from '../fixtures/running-mesh.ts';

test('ColorTeller alone reads its own identity and the trust of the gateway, never the secret with its key (promises 68, 77, 88)', async () => {
  const { aws, start } = await createMesh();
  const before = aws.calls.all.length;
  const teller = await start('teller');
  await teller.ready();
  const calls = aws.calls.all.slice(before).filter(({ service }) => service !== 'credentials');
  expect(calls.map(({ operation, resource }) => `${operation} ${resource ?? ''}`).sort()).toEqual([
    `GetSecretValue ${SECRETS.gatewayTrust}`,
    `GetSecretValue ${SECRETS.teller}`,
  ]);
});

test('a fleet of four gateways starts at once: four reads of the secret, no export (promises 67, 68)', async () => {
  const { aws, start, place } = await createMesh();
  const before = aws.calls.all.length;
  // keys of their own, so that every call in the log is about material
  const environment = { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'example' };
  // Envoys share a port (SO_REUSEPORT), which spares each of them definitions of its own
  const gateways = await Promise.all([1, 2, 3, 4].map((number) => start('gateway', { directory: join(place, `gateway-${number}`), environment })));
  await Promise.all(gateways.map((gateway) => gateway.ready()));
  const calls = aws.calls.all.slice(before);
  const count = (operation: string): number => calls.filter((call) => call.operation === operation).length;
  expect(count('GetSecretValue')).toBe(4);
  expect(count('ExportCertificate')).toBe(0);
  expect(calls.filter(({ service }) => service === 'acm')).toEqual([]);
  expect(calls.filter(({ service }) => service === 'acm-pca').map(({ resource }) => resource)).toEqual([TELLER_CA, TELLER_CA, TELLER_CA, TELLER_CA]);
});

test('Secrets Manager and Private CA are asked at the same time with the credentials of one role, and nothing fails', async () => {
  const { start } = await createMesh();
  const gateway = await start('gateway');
  await gateway.ready();
  expect(gateway.events().filter(({ level }) => level !== 'info')).toEqual([]);
});

test('a poll asks for the version, and the secret is read when that has moved', async () => {
  const { aws, start, renew } = await createMesh();
  const teller = await start('teller', { environment: { MTLS_POLL: '250ms' } });
  await teller.ready();
  const of = (operation: string): number => aws.calls.of(operation).filter(({ resource }) => resource === SECRETS.teller).length;
  const [reads, asked] = [of('GetSecretValue'), of('DescribeSecret')];
  await vi.waitUntil(() => of('DescribeSecret') > asked + 2, { timeout: 10_000 });
  expect(of('GetSecretValue')).toBe(reads);
  await teller.took((await renew('teller')).version);
  expect(of('GetSecretValue')).toBe(reads + 1);
});
