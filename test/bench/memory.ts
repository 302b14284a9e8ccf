import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { playEnvoy } from '../../build/boot.mjs';
import { type Stage, end } from './stage.ts';

/** What idles after this long has shrunk, and collected what starting left behind. */
const SETTLE_MS = 8_000;

/** Resident memory in kB (smaps_rollup of proc(5)). */
export interface Resident {
  readonly total: number;
  /** Without the pages of files, which all processes of one image share. */
  readonly anonymous: number;
}

/** A node that does nothing, and an agent with open SDS streams that has nothing to do, side by side. */
export async function idlePair(stage: Stage): Promise<{ readonly node: Resident; readonly agent: Resident }> {
  const { directory, remove } = stage.workplace();
  const over = new AbortController();
  const node = stage.spawnNode(['-e', 'setInterval(() => {}, 1e6)']);
  const agent = stage.spawnAgent({ delivery: 'sds', over: 'https', envoy: false }, directory);
  agent.stderr?.resume();
  try {
    await playEnvoy(directory, over.signal);
    await sleep(SETTLE_MS);
    return { node: residentOf(node.pid), agent: residentOf(agent.pid) };
  } finally {
    over.abort();
    await Promise.all([end(node), end(agent)]);
    remove();
  }
}

function residentOf(pid = 0): Resident {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kilobytes = (name: string): number => Number(new RegExp(`^${name}: +(\\d+) kB`, 'm').exec(text)?.[1]);
  return { total: kilobytes('Rss'), anonymous: kilobytes('Anonymous') };
}
