import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { SECRETS, TELLER_NAME } from '../../src/demo/credentials.ts';
import { createAuthority, issue } from '../../src/demo/pki/authority.ts';
import { probeLeaf } from '../../src/envoy/probe.ts';
import { normalSerial } from '../../src/material/serial.ts';
import { clientsOf } from '../fixtures/aws.ts';
import { VALID, plainKeyPem } from '../fixtures/pki.ts';
import { DELIVERIES, type Mesh, type Stored, createMesh } from '../fixtures/running-mesh.ts';

const never = new AbortController().signal;

/** One generation of a Kubernetes volume: a folder of its own, and `..data` swapped onto it by a rename. */
async function mount(volume: string, { version, issued }: Pick<Stored, 'version' | 'issued'>): Promise<void> {
  const generation = join(volume, `..${version}`);
  await mkdir(generation, { recursive: true });
  await writeFile(join(generation, 'tls.crt'), issued.certificatePem + issued.chainPem);
  await writeFile(join(generation, 'tls.key'), plainKeyPem(issued.key));
  await symlink(`..${version}`, join(volume, '..next'));
  await rename(join(volume, '..next'), join(volume, '..data'));
}

const served = (mesh: Mesh): Promise<string> => probeLeaf({ host: '127.0.0.1', port: mesh.ports.teller }, never);

test.each(DELIVERIES)('a volume that is swapped under the agent, by %s, without a signal and long before the next poll (promise 117)', async (delivery) => {
  const mesh = await createMesh({ delivery, state: 'one-way' });
  const volume = join(mesh.place, 'volume');
  await mount(volume, mesh.first.teller);
  for (const name of ['tls.crt', 'tls.key']) await symlink(join('..data', name), join(volume, name));
  const teller = await mesh.start('teller', { environment: { MTLS_IDENTITY: `file:${volume}`, MTLS_POLL: '24h' } });
  await teller.ready();
  expect(await served(mesh)).toBe(mesh.first.teller.serial);
  for (let swap = 0; swap < 3; swap += 1) {
    const renewed = await mesh.renew('teller');
    await mount(volume, renewed);
    await expect.poll(() => served(mesh), { timeout: 10_000, interval: 20 }).toBe(renewed.serial);
  }
});

test.each(DELIVERIES)('a thousand swaps 3 ms apart, by %s: the last one is what is served in the end, and Envoy refuses none', { timeout: 120_000 }, async (delivery) => {
  const mesh = await createMesh({ delivery, state: 'one-way' });
  const authority = await createAuthority({ subject: 'CN=storm', ...VALID });
  const leaves = await Promise.all(Array.from({ length: 1_000 }, () => issue(authority, { subject: `CN=${TELLER_NAME}`, names: [TELLER_NAME], ...VALID })));
  const volume = join(mesh.place, 'volume');
  await mount(volume, mesh.first.teller);
  const teller = await mesh.start('teller', { environment: { MTLS_IDENTITY: `file:${volume}`, MTLS_POLL: '24h' } });
  await teller.ready();
  for (const [index, issued] of leaves.entries()) {
    await mount(volume, { version: `storm-${index}`, issued });
    await systemClock.sleep(3);
  }
  const last = normalSerial(leaves.at(-1)!.certificate.serialNumber);
  await expect.poll(() => served(mesh), { timeout: 10_000, interval: 10 }).toBe(last);
  expect((await teller.status()).generation).toBeGreaterThan(5);
  expect(await teller.envoy.get('/stats?filter=update_rejected|key_rotation_failed', never)).not.toMatch(/: [1-9]/);
});

test('a secret document that is replaced, and a bad one in between', async () => {
  const mesh = await createMesh({ state: 'one-way' });
  const file = join(mesh.place, 'identity.json');
  const store = async (text: string): Promise<void> => {
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
  };
  const current = async (): Promise<string> => (await clientsOf(mesh.aws).secretsManager.send(new GetSecretValueCommand({ SecretId: SECRETS.teller }))).SecretString!;
  await store(await current());
  const teller = await mesh.start('teller', { environment: { MTLS_IDENTITY: `file:${file}`, MTLS_POLL: '24h' } });
  await teller.ready();
  await store('{"Certificate":');
  await expect.poll(async () => (await teller.status()).secrets[0]?.problem?.code, { timeout: 10_000 }).toBe('document-unreadable');
  expect(await served(mesh)).toBe(mesh.first.teller.serial);
  const renewed = await mesh.renew('teller');
  await store(await current());
  await expect.poll(() => served(mesh), { timeout: 10_000, interval: 20 }).toBe(renewed.serial);
});
