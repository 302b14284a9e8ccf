import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { envoyAdmin } from '../../src/envoy/admin.ts';
import { hotRestartArguments, removeSharedMemory } from '../../src/envoy/hot-restart.ts';
import { plainBootstrap } from '../fixtures/envoy-pair.ts';
import { envoyPath, readyEnvoy } from '../fixtures/real-envoy.ts';

const PARENT = fileURLToPath(new URL('../fixtures/envoy-parent.mjs', import.meta.url));
const never = new AbortController().signal;

let directory: string;
let envoyPid: number | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'orphan-'));
});

afterEach(async () => {
  if (envoyPid !== undefined && (await serves(envoyPid))) process.kill(envoyPid, 'SIGKILL');
  envoyPid = undefined;
  await removeSharedMemory(directory);
  await rm(directory, { recursive: true });
});

/** Whether the process runs; a zombie that nobody has reaped yet does not. */
async function serves(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') X');
  return !['Z', 'X'].includes(status.slice(status.lastIndexOf(')') + 2).charAt(0));
}

async function sharedMemory(): Promise<string> {
  const baseId = (await readFile(join(directory, 'envoy-base-id'), 'utf8')).trim();
  return `/dev/shm/envoy_shared_memory_${baseId}0`;
}

/** An Envoy, LIVE, whose parent is a Node process of its own. */
async function envoyWithParent(flags: readonly string[]): Promise<{ parent: number; envoy: number }> {
  const config = join(directory, 'envoy.json');
  const socket = join(directory, 'admin.sock');
  await writeFile(config, JSON.stringify({ admin: { address: { pipe: { path: socket } } }, ...plainBootstrap(1) }));
  const parent = spawn(process.execPath, [PARENT, envoyPath(), '-c', config, '--concurrency', '1', ...flags], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const envoy = Number(line.toString());
  envoyPid = envoy;
  await expect.poll(() => envoyAdmin(`unix:${socket}`).state(never).catch(String), { timeout: 20_000 }).toBe('LIVE');
  return { parent: parent.pid!, envoy };
}

test('Envoy ends when its parent is killed without a chance to say so', async () => {
  const { parent, envoy } = await envoyWithParent(hotRestartArguments({ pid1: false, directory }));
  process.kill(parent, 'SIGKILL');
  await expect.poll(() => serves(envoy), { timeout: 10_000 }).toBe(false);
});

test('without hot restart it would go on serving, which is why that is for PID 1 only', async () => {
  const { parent, envoy } = await envoyWithParent(hotRestartArguments({ pid1: true, directory }));
  process.kill(parent, 'SIGKILL');
  await expect.poll(() => serves(parent)).toBe(false);
  // it still answers after its parent is gone
  expect(await envoyAdmin(`unix:${join(directory, 'admin.sock')}`).state(never)).toBe('LIVE');
  expect(await serves(envoy)).toBe(true);
});

test('the shared memory file that a killed Envoy leaves is removed at the next start', async () => {
  const { parent, envoy } = await envoyWithParent(hotRestartArguments({ pid1: false, directory }));
  process.kill(parent, 'SIGKILL');
  await expect.poll(() => serves(envoy), { timeout: 10_000 }).toBe(false);
  const file = await sharedMemory();
  expect(existsSync(file)).toBe(true);
  await removeSharedMemory(directory);
  expect(existsSync(file)).toBe(false);
});

test('two Envoys on one machine do not share a base id', async () => {
  const one = await readyEnvoy(plainBootstrap(1));
  const two = await readyEnvoy(plainBootstrap(1));
  const baseIds = await Promise.all([one, two].map((envoy) => readFile(join(envoy.directory, 'envoy-base-id'), 'utf8')));
  expect(new Set(baseIds).size).toBe(2);
});
