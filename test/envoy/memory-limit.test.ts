import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { killedForMemory } from '../../src/envoy/memory-limit.ts';

/** A file system with nothing but these files. */
async function root(files: Readonly<Record<string, string>>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'cgroup-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
  return directory;
}

const EVENTS = 'low 0\nhigh 0\nmax 31\noom 2\noom_kill 2\noom_group_kill 0\n';
const CONTROL = 'oom_kill_disable 0\nunder_oom 0\noom_kill 3\n';

test('cgroup v2: oom_kill of memory.events', async () => {
  expect(await killedForMemory(await root({ 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/memory.events': EVENTS }))).toBe(2);
});

test('cgroup v2 outside a container: the file of our own group', async () => {
  expect(await killedForMemory(await root({ 'proc/self/cgroup': '0::/user.slice/agent\n', 'sys/fs/cgroup/user.slice/agent/memory.events': EVENTS }))).toBe(2);
});

test('cgroup v1: oom_kill of memory.oom_control', async () => {
  expect(await killedForMemory(await root({ 'proc/self/cgroup': '5:cpu,cpuacct:/ecs\n4:memory:/ecs/task\n', 'sys/fs/cgroup/memory/ecs/task/memory.oom_control': CONTROL }))).toBe(3);
});

test("cgroup v1 in a container that sees the host's path and its own mount", async () => {
  expect(await killedForMemory(await root({ 'proc/self/cgroup': '4:memory:/docker/abc\n', 'sys/fs/cgroup/memory/memory.oom_control': CONTROL }))).toBe(3);
});

test('neither: nothing is said', async () => {
  expect(await killedForMemory(await root({}))).toBeUndefined();
});
