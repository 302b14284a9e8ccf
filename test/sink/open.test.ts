import { existsSync } from 'node:fs';
import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Generation, succeed } from '../../src/generation/generation.ts';
import { parseIdentity } from '../../src/material/identity.ts';
import type { Material } from '../../src/material/material.ts';
import { parseTrust } from '../../src/material/trust.ts';
import type { Manifest } from '../../src/mesh/manifest.ts';
import { type Delivery, openDelivery } from '../../src/sink/open.ts';
import { diskDirectory, memoryDirectory } from '../fixtures/directory.ts';
import { manifestSecret } from '../fixtures/pipeline.ts';
import { NOW, createPki, identitySecret, trustSecret } from '../fixtures/pki.ts';
import { SdsClient } from '../fixtures/sds-client.ts';

const uid = process.getuid!();
const manifest: Manifest = { mesh: 'color', endpoint: 'virtualGateway/colorgateway', secrets: [manifestSecret('identity', 'identity'), manifestSecret('trust', 'trust')], listeners: [] };
const trustOnly: Manifest = { ...manifest, secrets: [manifestSecret('trust', 'trust')] };

let generation: Generation;
beforeAll(async () => {
  const { gateway, teller } = await createPki();
  const identity = await parseIdentity({ version: 'v', text: identitySecret(gateway.leaf) }, { roles: ['client'], names: [], now: NOW });
  generation = succeed(undefined, new Map<string, Material>([['identity', identity], ['trust', parseTrust([{ version: 'v', text: trustSecret(teller.root) }], NOW)]]));
});

let directory: string;
const opened: Delivery[] = [];
beforeEach(async () => {
  directory = await memoryDirectory();
});
afterEach(async () => {
  for (const delivery of opened.splice(0)) await delivery.close();
});

async function open(delivery: 'sds' | 'files', changes: { directory?: string; allowDisk?: boolean; manifest?: Manifest } = {}): Promise<Delivery> {
  const found = await openDelivery({ delivery, directory: changes.directory ?? directory, allowDisk: changes.allowDisk ?? false }, changes.manifest ?? manifest, uid);
  opened.push(found);
  return found;
}

const connects = (): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(join(directory, 'sds.sock'));
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

describe('delivery by SDS', () => {
  it('has its socket bound before Envoy starts, and serves whoever came early', async () => {
    const delivery = await open('sds');
    expect(delivery.beforeEnvoy).toBe(false);
    expect(await connects()).toBe(true);
    const early = new SdsClient(join(directory, 'sds.sock'));
    early.send({ resourceNames: ['trust'] });
    const stop = new AbortController();
    const published = delivery.sink.publish(generation, stop.signal);
    await delivery.serve();
    expect((await early.next()).secret.name).toBe('trust');
    early.close();
    stop.abort(new Error('enough'));
    await expect(published).rejects.toThrow('enough');
  });

  it('writes no key to any file system, a disk included (contract: files and sockets)', async () => {
    directory = await diskDirectory();
    await open('sds');
    expect(await readdir(directory)).toEqual(['sds.sock']);
  });

  it('ends its connections and takes its socket away', async () => {
    const delivery = await open('sds');
    await delivery.serve();
    await delivery.close();
    expect(await connects()).toBe(false);
    expect(await readdir(directory)).toEqual([]);
  });
});

describe.each([['sds', 'files'], ['files', 'sds'], ['files', 'files'], ['sds', 'sds']] as const)('a directory that an agent delivers into by %s', (first, second) => {
  it(`is refused to another that would by ${second}, and stays as it is`, async () => {
    const delivery = await open(first);
    await delivery.write('envoy.json', '{}');
    const before = await readdir(directory);
    await expect(open(second)).rejects.toMatchObject({ code: 'directory-in-use', exitCode: 78 });
    expect(await readdir(directory)).toEqual(before);
    expect(await connects()).toBe(true);
  });
});

describe('delivery by files', () => {
  it('comes before Envoy starts (promises 69, 71)', async () => {
    const { beforeEnvoy, sink } = await open('files');
    expect(beforeEnvoy).toBe(true);
    await sink.publish(generation, new AbortController().signal);
    expect(existsSync(join(directory, 'current', 'identity', 'tls.key'))).toBe(true);
  });

  it('is refused on a disk, unless that is allowed or no key is written', async () => {
    const onDisk = await diskDirectory();
    await expect(open('files', { directory: onDisk })).rejects.toMatchObject({ code: 'directory-unusable' });
    await (await open('files', { directory: onDisk, allowDisk: true })).close();
    await open('files', { directory: onDisk, manifest: trustOnly });
  });

  it('takes away what is ours and leaves what is not', async () => {
    await writeFile(join(directory, 'theirs'), '');
    const delivery = await open('files');
    await delivery.write('envoy.json', '{}');
    await delivery.sink.publish(generation, new AbortController().signal);
    await delivery.close();
    expect(await readdir(directory)).toEqual(['theirs']);
  });
});

it.each(['sds', 'files'] as const)('writes a file beside the %s delivery, for its owner alone', async (kind) => {
  const path = await (await open(kind)).write('envoy.json', '{}\n');
  expect(path).toBe(join(directory, 'envoy.json'));
  expect(await readFile(path, 'utf8')).toBe('{}\n');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});
