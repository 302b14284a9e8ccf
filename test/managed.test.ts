import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createAws } from '../src/aws/clients.ts';
import { parseConfig } from '../src/config/parse.ts';
import { type Managed, openManaged, readMaterial } from '../src/managed.ts';
import type { Manifest } from '../src/mesh/manifest.ts';
import { memoryDirectory } from './fixtures/directory.ts';
import { FakeClock } from './fixtures/fake-clock.ts';
import { MemorySource, manifestSecret } from './fixtures/pipeline.ts';
import { NOW, type Pki, createPki, identitySecret, trustSecret } from './fixtures/pki.ts';

const manifest: Manifest = { mesh: 'color', endpoint: 'virtualGateway/colorgateway', secrets: [manifestSecret('identity', 'identity'), manifestSecret('trust', 'trust')], listeners: [] };
const never = new AbortController().signal;

let pki: Pki;
beforeAll(async () => {
  pki = await createPki();
});

async function open(env: Readonly<Record<string, string>>): Promise<Managed[]> {
  const config = await parseConfig(env);
  return openManaged(config, manifest, { env, aws: createAws(config.aws, env, new FakeClock(NOW)) });
}

describe('the sources of an endpoint', () => {
  it('are opened for each secret of its manifest, several for trust', async () => {
    const [identity, trust] = await open({ MTLS_IDENTITY: 'file:/run/identity', MTLS_TRUST: 'file:/run/a.pem,env:BUNDLE', BUNDLE: trustSecret(pki.teller.root).reveal() });
    expect(identity?.sources.map(({ description }) => description)).toEqual(['file:/run/identity']);
    expect(trust?.sources.map(({ description }) => description)).toEqual(['file:/run/a.pem', 'env:BUNDLE']);
  });

  it('are all missed at once where nobody names them', async () => {
    await expect(open({})).rejects.toMatchObject({ code: 'reference-unresolved', message: expect.stringMatching(/identity:\/certs\/identity[^]*trust:\/certs\/trust/) as string });
  });

  it('are held to MTLS_NAMES instead of the definition, trust aside', async () => {
    const opened = await open({ MTLS_IDENTITY: 'file:/x', MTLS_TRUST: 'file:/y', MTLS_NAMES: 'colorgateway.mesh.local' });
    expect(opened.map(({ secret }) => secret.names)).toEqual([['colorgateway.mesh.local'], []]);
  });

  it('are read from the file system as it is at that moment', async () => {
    const directory = await memoryDirectory();
    const [identity] = await open({ MTLS_IDENTITY: `file:${join(directory, 'identity.json')}`, MTLS_TRUST: 'file:/y' });
    await expect(readMaterial(identity!, () => NOW, never)).rejects.toMatchObject({ retryable: true });
    await writeFile(join(directory, 'identity.json'), identitySecret(pki.gateway.leaf).reveal());
    expect(await readMaterial(identity!, () => NOW, never)).toMatchObject({ kind: 'identity', leaf: { subject: 'CN=colorgateway' } });
  });
});

describe('what they hold', () => {
  it('is one identity, held to its roles, its names and the time', async () => {
    const source = new MemorySource('secret:color/gateway', identitySecret(pki.gateway.leaf));
    const managed = (changes: object = {}): Managed => ({ secret: manifestSecret('identity', 'identity', changes), sources: [source] });
    expect(await readMaterial(managed(), () => NOW, never)).toMatchObject({ kind: 'identity', sourceVersion: 'v1' });
    await expect(readMaterial(managed({ names: ['colorteller.mesh.local'] }), () => NOW, never)).rejects.toMatchObject({ code: 'certificate-name' });
    await expect(readMaterial(managed(), () => new Date('2050-01-01T00:00:00Z'), never)).rejects.toMatchObject({ code: 'certificate-expired' });
  });

  it('is the union of all anchors, and nothing while one source fails', async () => {
    const [one, other] = [new MemorySource('secret:a', trustSecret(pki.gateway.root)), new MemorySource('secret:b', trustSecret(pki.teller.root))];
    const managed: Managed = { secret: manifestSecret('trust', 'trust'), sources: [one, other] };
    expect(await readMaterial(managed, () => NOW, never)).toMatchObject({ anchors: [{ subject: 'CN=colorgateway root' }, { subject: 'CN=colorteller root' }] });
    other.put(new Error('gone'));
    await expect(readMaterial(managed, () => NOW, never)).rejects.toThrow('gone');
  });
});
