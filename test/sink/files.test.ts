import { X509Certificate, createPrivateKey } from 'node:crypto';
import { mkdir, readFile, readdir, readlink, realpath, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Generation, succeed } from '../../src/generation/generation.ts';
import { parseIdentity } from '../../src/material/identity.ts';
import type { Identity, Material, TrustBundle } from '../../src/material/material.ts';
import { parseTrust } from '../../src/material/trust.ts';
import { FilesSink } from '../../src/sink/files.ts';
import { memoryDirectory } from '../fixtures/directory.ts';
import { NOW, createRoot, createSide, identitySecret, trustSecret } from '../fixtures/pki.ts';

let leaf: Identity;
let renewed: Identity;
let old: TrustBundle;
let young: TrustBundle;
beforeAll(async () => {
  const parse = async (): Promise<Identity> => parseIdentity({ version: 'v', text: identitySecret((await createSide('colorgateway')).leaf) }, { roles: ['client'], names: [], now: NOW });
  [leaf, renewed] = [await parse(), await parse()];
  const bundle = async (name: string): Promise<TrustBundle> => parseTrust([{ version: 'v', text: trustSecret(await createRoot(name)) }], NOW);
  [old, young] = [await bundle('old'), await bundle('young')];
});

let directory: string;
let sink: FilesSink;
beforeEach(async () => {
  directory = await memoryDirectory();
  sink = new FilesSink(directory);
});

const generation = (identity: Identity, trust: TrustBundle, after?: Generation): Generation => succeed(after, new Map<string, Material>([['identity', identity], ['trust', trust]]));
const read = (...path: string[]): Promise<string> => readFile(join(directory, ...path), 'utf8');
const generations = async (): Promise<string[]> => (await readdir(join(directory, 'generations'))).sort();
const subjects = (pem: string): string[] => pem.match(/-----BEGIN[^]+?-----END CERTIFICATE-----/g)!.map((block) => new X509Certificate(block).subject);

describe('delivery by files', () => {
  it('puts a complete generation behind one link (promises 69, 76, 77)', async () => {
    await sink.publish(generation(leaf, old));
    expect(await readlink(join(directory, 'current'))).toBe(join('generations', '1'));
    expect(await generations()).toEqual(['1']);
    expect(await read('current', 'identity', 'tls.crt')).toBe(leaf.chainPem);
    expect(await read('current', 'trust', 'ca.crt')).toBe(old.pem);
    expect(await readdir(join(directory, 'current', 'trust'))).toEqual(['ca.crt']);
  });

  it('writes the key decrypted, as Envoy needs it, for its owner alone (promise 78)', async () => {
    await sink.publish(generation(leaf, old));
    const key = await read('current', 'identity', 'tls.key');
    expect(key).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    expect(new X509Certificate(leaf.chainPem).checkPrivateKey(createPrivateKey(key))).toBe(true);
    const modes = await Promise.all(['generations/1', 'generations/1/identity', 'generations/1/identity/tls.key', 'generations/1/identity/tls.crt'].map(async (path) => (await stat(join(directory, path))).mode & 0o777));
    expect(modes).toEqual([0o700, 0o700, 0o600, 0o600]);
  });

  it('tells Envoy paths and nothing secret, and never again (promise 83)', async () => {
    await sink.publish(generation(leaf, old));
    const before = await stat(join(directory, 'sds', 'identity.json'));
    expect(JSON.parse(await read('sds', 'identity.json'))).toEqual({
      resources: [
        {
          '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret',
          name: 'identity',
          tls_certificate: {
            certificate_chain: { filename: join(directory, 'current/identity/tls.crt') },
            private_key: { filename: join(directory, 'current/identity/tls.key') },
            watched_directory: { path: directory },
          },
        },
      ],
    });
    expect(JSON.parse(await read('sds', 'trust.json'))).toMatchObject({ resources: [{ validation_context: { trusted_ca: { filename: join(directory, 'current/trust/ca.crt') } } }] });
    await sink.publish(generation(renewed, old));
    expect((await stat(join(directory, 'sds', 'identity.json'))).ino).toBe(before.ino);
  });

  it('keeps the generation before, for who is reading there, and no older one', async () => {
    await sink.publish(generation(leaf, old));
    await sink.publish(generation(renewed, old));
    await sink.publish(generation(leaf, old));
    expect(await generations()).toEqual(['2', '3']);
    expect(await read('generations', '2', 'identity', 'tls.crt')).toBe(renewed.chainPem);
    expect((await readdir(directory)).sort()).toEqual(['current', 'generations', 'sds']);
  });

  it('writes nothing for a generation that is the same', async () => {
    await sink.publish(generation(leaf, old));
    await sink.publish(generation(leaf, old));
    expect(await generations()).toEqual(['1']);
  });

  it('passes through the union of old and new trust while the identity moves (promise 116)', async () => {
    await sink.publish(generation(leaf, old));
    await sink.publish(generation(renewed, young));
    // 1 is the first one, 2 has both anchors, 3 the identity, 4 has lost the old anchor
    expect(await readlink(join(directory, 'current'))).toBe(join('generations', '4'));
    expect(subjects(await read('generations', '3', 'trust', 'ca.crt')).sort()).toEqual(['CN=old', 'CN=young']);
    expect(await read('generations', '3', 'identity', 'tls.crt')).toBe(renewed.chainPem);
    expect(subjects(await read('current', 'trust', 'ca.crt'))).toEqual(['CN=young']);
  });

  it('never shows a key beside the certificate of another (promise 66)', async () => {
    await sink.publish(generation(leaf, old));
    const watch = { over: false, seen: new Set<string>(), mixed: 0 };
    const reader = (async () => {
      while (!watch.over) {
        const home = await realpath(join(directory, 'current', 'identity'));
        const [certificate, key] = await Promise.all([readFile(join(home, 'tls.crt'), 'utf8'), readFile(join(home, 'tls.key'), 'utf8')]).catch(() => ['', '']);
        // two rotations within one reading: gone, which a reader sees, and not mixed, which it would not
        if (certificate === '' || key === '') continue;
        watch.seen.add(certificate);
        if (!new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))) watch.mixed += 1;
      }
    })();
    for (let round = 0; round < 40; round += 1) await sink.publish(generation(round % 2 === 0 ? renewed : leaf, old));
    watch.over = true;
    await reader;
    expect(watch.mixed).toBe(0);
    expect(watch.seen.size).toBe(2);
  });

  it('leaves the last good generation in place when it cannot write the next (promise 71)', async () => {
    await sink.publish(generation(leaf, old));
    await writeFile(join(directory, 'generations', '2'), 'in the way');
    await expect(sink.publish(generation(renewed, old))).rejects.toThrow();
    expect(await readlink(join(directory, 'current'))).toBe(join('generations', '1'));
    expect(await read('current', 'identity', 'tls.crt')).toBe(leaf.chainPem);
    await sink.publish(generation(renewed, old));
    expect(await read('current', 'identity', 'tls.crt')).toBe(renewed.chainPem);
  });

  it('begins after what a killed agent left behind, half-written ones too', async () => {
    await mkdir(join(directory, 'generations', '7', 'identity'), { recursive: true });
    await writeFile(join(directory, 'generations', '7', 'identity', 'tls.crt'), 'half');
    await sink.publish(generation(leaf, old));
    expect(await readlink(join(directory, 'current'))).toBe(join('generations', '8'));
    await sink.publish(generation(renewed, old));
    expect(await generations()).toEqual(['8', '9']);
  });

  it('goes back by publishing the last good generation again', async () => {
    const good = generation(leaf, old);
    await sink.publish(good);
    await sink.publish(generation(renewed, old, good));
    await sink.publish(good);
    expect(await read('current', 'identity', 'tls.crt')).toBe(leaf.chainPem);
  });
});
