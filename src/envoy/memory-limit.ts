import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * How many processes of our cgroup the kernel has killed for memory: `oom_kill` of `memory.events` (cgroup v2) or of
 * `memory.oom_control` (v1). Undefined where neither exists.
 *
 * @param root of the file system; `/`
 */
export async function killedForMemory(root: string): Promise<number | undefined> {
  for (const file of candidates(await readText(join(root, 'proc/self/cgroup')))) {
    const count = /^oom_kill (\d+)$/m.exec(await readText(join(root, 'sys/fs/cgroup', file)))?.[1];
    if (count !== undefined) return Number(count);
  }
  return undefined;
}

/** In a container the path of `/proc/self/cgroup` may be the host's, and ours mounted as the root: both are tried. */
function candidates(cgroups: string): readonly string[] {
  const v2 = /^0::(.*)$/m.exec(cgroups)?.[1] ?? '';
  const v1 = /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/m.exec(cgroups)?.[1] ?? '';
  return [join(v2, 'memory.events'), 'memory.events', join('memory', v1, 'memory.oom_control'), 'memory/memory.oom_control'];
}

/** Empty where there is no such file, or it is not ours to read. */
function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
