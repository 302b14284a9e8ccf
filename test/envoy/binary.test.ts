import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findBinary } from '../../src/envoy/binary.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'binary-'));
});

afterEach(() => rm(directory, { recursive: true }));

async function place(name: string, mode = 0o755, content: string | Buffer = '#!/bin/sh\n'): Promise<string> {
  const file = join(directory, name);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, content);
  await chmod(file, mode);
  return file;
}

function find(where: { envoy?: string; path?: string; usual?: string[] }): Promise<string> {
  return findBinary({ envoy: where.envoy, path: where.path, usualPlaces: where.usual ?? [] });
}

test('takes MTLS_ENVOY before PATH and the usual places', async () => {
  const named = await place('named');
  const other = await place('bin/envoy');
  expect(await find({ envoy: named, path: join(other, '..'), usual: [other] })).toBe(named);
});

test('looks a bare name of MTLS_ENVOY up on PATH', async () => {
  const custom = await place('bin/envoy-contrib');
  expect(await find({ envoy: 'envoy-contrib', path: join(directory, 'bin') })).toBe(custom);
});

test('takes the first executable on PATH, passing over what is not', async () => {
  await place('one/envoy', 0o644);
  await mkdir(join(directory, 'two', 'envoy'), { recursive: true });
  const third = await place('three/envoy');
  expect(await find({ path: ['one', 'two', 'three'].map((name) => join(directory, name)).join(':') })).toBe(third);
});

test('finds Envoy at the usual places without any PATH', async () => {
  const usual = await place('usr/local/bin/envoy');
  expect(await find({ usual: [join(directory, 'absent'), usual] })).toBe(usual);
});

test.each([
  ['absent', 'does not exist'],
  ['folder', 'is not a file'],
])('an MTLS_ENVOY that is %s stops us instead of being passed over', async (name, why) => {
  await mkdir(join(directory, 'folder'));
  const usual = await place('envoy');
  await expect(find({ envoy: join(directory, name), usual: [usual] })).rejects.toMatchObject({
    code: 'envoy-missing',
    message: expect.stringContaining(why) as string,
    exitCode: 78,
  });
});

test('a file without the executable bit is told as such', async () => {
  const plain = await place('plain', 0o644);
  await expect(find({ envoy: plain })).rejects.toMatchObject({ code: 'envoy-missing', message: expect.stringContaining('not executable') as string });
});

test('a program for another processor is named with both, one for ours is taken', async () => {
  const header = (machine: number): Buffer => {
    const bytes = Buffer.alloc(64);
    bytes.write('\x7fELF\x02\x01\x01', 'latin1');
    bytes.writeUInt16LE(machine, 18);
    return bytes;
  };
  const [ours, theirs, name] = process.arch === 'arm64' ? [0xb7, 0x3e, 'x64'] : [0x3e, 0xb7, 'arm64'];
  await expect(find({ envoy: await place('foreign', 0o755, header(theirs)) })).rejects.toMatchObject({
    code: 'envoy-missing',
    message: expect.stringMatching(RegExp(`which is a program for ${name}, and this is ${process.arch}$`)) as string,
  });
  await expect(find({ envoy: await place('older', 0o755, header(0x28)) })).rejects.toMatchObject({ message: expect.stringContaining('a program for another processor') as string });
  expect(await find({ envoy: await place('native', 0o755, header(ours)) })).toMatch(/native$/);
});

test.each(['', 'not found', '<html>'])('a download that went wrong (%j) is no program, though a shell would try', async (content) => {
  await expect(find({ envoy: await place('page', 0o755, content) })).rejects.toMatchObject({ code: 'envoy-missing', message: expect.stringContaining('which is no program') as string });
});

test('says where it looked when there is none', async () => {
  await expect(find({ path: '/nowhere', usual: ['/usual/envoy'] })).rejects.toMatchObject({
    code: 'envoy-missing',
    message: 'there is no envoy on PATH (/nowhere), nor at /usual/envoy',
    hint: expect.stringContaining('MTLS_ENVOY') as string,
  });
});
