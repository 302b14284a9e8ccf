import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hotRestartArguments, removeSharedMemory } from '../../src/envoy/hot-restart.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'base-id-'));
});

afterEach(() => rm(directory, { recursive: true }));

/** Above every base id that Envoy chooses by itself. */
const baseId = 4_000_000_000 + process.pid;
const shared = (id: number): string => `envoy_shared_memory_${id}0`;

test('as PID 1 hot restart is off', () => {
  expect(hotRestartArguments({ pid1: true, directory })).toEqual(['--disable-hot-restart']);
});

test('elsewhere it is on, with a base id that we are told', () => {
  expect(hotRestartArguments({ pid1: false, directory: '/d' })).toEqual(['--use-dynamic-base-id', '--base-id-path', '/d/envoy-base-id']);
});

test('removes our shared memory file and the note of it, and no other', async () => {
  await writeFile(join('/dev/shm', shared(baseId)), '');
  await writeFile(join('/dev/shm', shared(baseId + 1)), '');
  await writeFile(join(directory, 'envoy-base-id'), `${baseId}\n`);
  await removeSharedMemory(directory);
  const left = await readdir('/dev/shm');
  await rm(join('/dev/shm', shared(baseId + 1)));
  expect(left).not.toContain(shared(baseId));
  expect(left).toContain(shared(baseId + 1));
  expect(await readdir(directory)).toEqual([]);
});

test.each(['', '../../etc/passwd', '1 2'])('a note that says %j removes nothing', async (note) => {
  await writeFile(join(directory, 'envoy-base-id'), note);
  const before = await readdir('/dev/shm');
  await removeSharedMemory(directory);
  expect(await readdir('/dev/shm')).toEqual(expect.arrayContaining(before));
});

test('without a note there is nothing to do', async () => {
  await expect(removeSharedMemory(join(directory, 'absent'))).resolves.toBeUndefined();
});
