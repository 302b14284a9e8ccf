import { expect, test } from 'vitest';
import { SECRETS } from '../../src/demo/credentials.ts';
import { type RunningMesh, startMesh } from '../fixtures/running-mesh.ts';

/** Samples of ColorTeller's agent by name and labels. */
async function samples({ teller }: RunningMesh): Promise<ReadonlyMap<string, number>> {
  const { status, body } = await teller.ask('/metrics');
  expect(status).toBe(200);
  return new Map(body.split('\n').filter((line) => line !== '' && !line.startsWith('#')).map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
}

test('a rotation, a bad secret and the end of the certificate can be read and alarmed on (contract: metrics)', async () => {
  const mesh = await startMesh();
  const { name } = (await mesh.teller.status()).secrets.find(({ kind }) => kind === 'identity')!;
  const renewed = await mesh.renew('teller');
  mesh.teller.signal('SIGHUP');
  await mesh.teller.took(renewed.version);
  await mesh.put(SECRETS.teller, '{"Certificate":"junk","PrivateKey":"junk"}');
  mesh.teller.signal('SIGHUP');
  await expect.poll(async () => (await mesh.teller.status()).secrets.some(({ problem }) => problem !== undefined)).toBe(true);

  const read = await samples(mesh);
  expect(read.get(`mtls_agent_certificate_not_after_timestamp_seconds{name="${name}",role="leaf"}`)).toBe(Math.floor(renewed.issued.certificate.notAfter.getTime() / 1_000));
  expect(read.get(`mtls_agent_secret_info{name="${name}",source_version="${renewed.version}",serial="${renewed.serial}"}`)).toBe(1);
  expect(read.get(`mtls_agent_proven{name="${name}"}`)).toBe(1);
  expect(read.get('mtls_agent_rotation_duration_seconds_count')).toBe(1);
  expect(read.get('mtls_agent_reconciles_total{outcome="delivered"}')).toBe(2);
  expect(read.get('mtls_agent_reconciles_total{outcome="failed"}')).toBeGreaterThan(0);
  expect([...read.keys()].filter((key) => key.startsWith(`mtls_agent_source_errors_total{source="secret:${SECRETS.teller}"`))).toHaveLength(1);
  expect(read.get(`mtls_agent_nacks_total{name="${name}"}`)).toBe(0);
});
