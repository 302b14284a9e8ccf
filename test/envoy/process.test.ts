import { open, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { exitCodeOf, spawnEnvoy, type EnvoyProcess } from '../../src/envoy/process.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'process-'));
});

afterEach(() => rm(directory, { recursive: true }));

/** A child that runs a line of shell, in the place of Envoy. */
function shell(line: string, environment: Record<string, string> = {}, stdout?: number): Promise<EnvoyProcess> {
  return spawnEnvoy({ binary: '/bin/sh', arguments: ['-c', line], environment, ...(stdout !== undefined && { stdout }) });
}

test('passes on the code that Envoy ended with', async () => {
  const { exited } = await shell('exit 7');
  expect(exitCodeOf(await exited)).toBe(7);
});

test.each([
  ['SIGTERM', 143],
  ['SIGKILL', 137],
] as const)('an Envoy that %s ended is 128 + the number of the signal', async (name, code) => {
  const child = await shell('exec /bin/sleep 60');
  child.signal(name);
  const exit = await child.exited;
  expect(exit).toEqual({ code: null, signal: name });
  expect(exitCodeOf(exit)).toBe(code);
});

test('a signal after the end does nothing', async () => {
  const child = await shell('exit 0');
  await child.exited;
  child.signal('SIGTERM');
  expect(await child.exited).toEqual({ code: 0, signal: null });
});

test('Envoy sees the environment that it is given, and its output goes where it is told', async () => {
  const file = join(directory, 'out');
  const out = await open(file, 'w');
  const child = await shell('/usr/bin/env', { TZ: 'UTC' }, out.fd);
  await child.exited;
  await out.close();
  // a shell sets PWD and the like by itself
  const seen = (await readFile(file, 'utf8')).split('\n').filter((line) => !/^(PWD|OLDPWD|SHLVL|_)=/.test(line));
  expect(seen).toEqual(['TZ=UTC', '']);
});

test('a binary that is not there or not for this machine is a missing Envoy', async () => {
  const absent = join(directory, 'absent');
  await expect(spawnEnvoy({ binary: absent, arguments: [], environment: {} })).rejects.toMatchObject({
    code: 'envoy-missing',
    exitCode: 78,
    message: expect.stringContaining(absent) as string,
  });
});
