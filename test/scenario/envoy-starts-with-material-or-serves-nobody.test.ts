import { X509Certificate, createPrivateKey } from 'node:crypto';
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SECRETS } from '../../src/demo/credentials.ts';
import { isFree } from '../fixtures/free-ports.ts';
import { recordingEnvoy } from '../fixtures/recording-envoy.ts';
import { type Mesh, DELIVERIES, createMesh } from '../fixtures/running-mesh.ts';
import type { RunningAgent } from '../fixtures/running-agent.ts';

/** The gateway's agent in a place of its own, with an Envoy that records. */
async function startRecorded(mesh: Mesh, end: 'teller' | 'gateway', environment: Readonly<Record<string, string>> = {}): Promise<{ agent: RunningAgent; found: () => Promise<readonly string[] | undefined> }> {
  const directory = join(mesh.place, 'run');
  const { path, found } = await recordingEnvoy(mesh.place, directory);
  return { agent: await mesh.start(end, { directory, environment: { MTLS_ENVOY: path, ...environment } }), found };
}

/** The paths that Envoy was given. */
async function pathsOf({ directory }: RunningAgent): Promise<string[]> {
  const texts = await Promise.all((await readdir(join(directory, 'sds'))).map((name) => readFile(join(directory, 'sds', name), 'utf8')));
  return texts.flatMap((text) => [...text.matchAll(/"filename": "([^"]+)"/g)].map(([, path = '']) => path)).sort();
}

describe('files', () => {
  test('ColorGateway: chain, usable key and trust are complete before Envoy starts, where its configuration says (promises 69, 70, 72, 76, 78, 81-83)', async () => {
    const mesh = await createMesh({ delivery: 'files' });
    const { agent, found } = await startRecorded(mesh, 'gateway');
    await agent.ready();
    const paths = await pathsOf(agent);
    expect(paths.map((path) => path.split('/').at(-1)).sort()).toEqual(['ca.crt', 'tls.crt', 'tls.key']);
    expect(await found()).toEqual(expect.arrayContaining(paths.map((path) => path.slice(agent.directory.length + 1))));
    const [trust, chain, key] = await Promise.all(paths.toSorted((a, b) => a.slice(-7).localeCompare(b.slice(-7))).map((path) => readFile(path, 'utf8')));
    expect(key).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    expect(new X509Certificate(chain!).checkPrivateKey(createPrivateKey(key!))).toBe(true);
    expect(new X509Certificate(chain!).serialNumber.toLowerCase()).toBe(mesh.first.gateway.serial);
    expect(trust).toBe(mesh.aws.privateCa.authority(mesh.authorities.teller).certificatePem);
    for (const path of paths) expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test("ColorTeller: the gateway's root as trust, and no key but its own (promise 77)", async () => {
    const mesh = await createMesh({ delivery: 'files' });
    const { agent, found } = await startRecorded(mesh, 'teller');
    await agent.ready();
    expect((await found())?.filter((path) => path.endsWith('tls.key') && path.startsWith('current/'))).toHaveLength(1);
    const files = await Promise.all((await pathsOf(agent)).map((path) => readFile(path, 'utf8')));
    expect(files).toContain(mesh.aws.privateCa.authority(mesh.authorities.gateway).certificatePem);
    const keys = files.filter((text) => text.includes('PRIVATE KEY'));
    expect(keys).toEqual([mesh.first.teller.issued.key.export({ type: 'pkcs8', format: 'pem' })]);
  });
});

const PLACEHOLDER = JSON.stringify({ Certificate: 'tempcert', CertificateChain: 'tempcert', PrivateKey: 'tempcert', Passphrase: 'tempcert' });

const NEVER_COMES = {
  'a secret that does not exist': { exit: 69, arrange: () => Promise.resolve('secret:color/unknown') },
  'a secret that was never filled': { exit: 69, arrange: async (mesh: Mesh) => (await mesh.put(SECRETS.gateway, PLACEHOLDER), `secret:${SECRETS.gateway}`) },
  'a secret that holds no key pair': { exit: 65, arrange: async (mesh: Mesh) => (await mesh.put(SECRETS.gateway, 'nothing of use'), `secret:${SECRETS.gateway}`) },
  'an expired certificate': {
    exit: 65,
    arrange: async (mesh: Mesh) => (await mesh.renew('gateway', { changes: { notBefore: new Date('2020-01-01T00:00:00Z'), notAfter: new Date('2021-01-01T00:00:00Z') } }), `secret:${SECRETS.gateway}`),
  },
  'a secret that may not be read': { exit: 77, arrange: () => Promise.resolve(`secret:${SECRETS.gateway}`), denied: true },
} as const;

describe.each(Object.entries(NEVER_COMES))('%s until the deadline', (_name, { exit, arrange, ...rest }) => {
  test.each(DELIVERIES)(`delivery by %s: nobody is served, exit code ${exit} (promise 71)`, async (delivery) => {
    const denied = 'denied' in rest;
    const mesh = await createMesh({ delivery, fault: ({ operation }) => (denied && operation === 'GetSecretValue' ? { kind: 'access-denied' } : undefined) });
    const { agent, found } = await startRecorded(mesh, 'gateway', { MTLS_IDENTITY: await arrange(mesh), MTLS_DEADLINE: '1s' });
    expect((await agent.ask('/ready')).status).not.toBe(200);
    await expect.poll(() => agent.events().some(({ event }) => event === 'source-failed'), { timeout: 5_000 }).toBe(true);
    // the one-second deadline is far: whoever would serve would serve by now
    expect(await isFree(mesh.ports.gateway)).toBe(true);
    expect(await agent.exited).toBe(exit);
    // by files Envoy was not even started; by SDS it was, and had nothing to serve with
    expect((await found()) === undefined).toBe(delivery === 'files');
    expect(agent.events().map(({ event }) => event)).not.toContain('delivered');
    expect(await readdir(agent.directory)).toEqual([]);
  });
});
