import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { systemClock } from '../clock.ts';

/** An agent that is told to stop gives its Envoy two seconds before it kills it. */
const GRACE_MS = 6_000;
const LOOK_MS = 50;

/**
 * Cleans up after a demo that was killed. It reads from standard input what there is, `process PID` and `directory PATH`
 * line by line; when the input ends, which it does however the demo ends, it stops the processes that are left and
 * removes the directories.
 */
async function main(): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  const processes: number[] = [];
  const directories: string[] = [];
  for await (const line of createInterface({ input: process.stdin })) {
    const at = line.indexOf(' ');
    if (line.startsWith('process ')) processes.push(Number(line.slice(at + 1)));
    if (line.startsWith('directory ')) directories.push(line.slice(at + 1));
  }
  for (const pid of processes) tell(pid, 'SIGTERM');
  for (let waited = 0; waited < GRACE_MS && processes.some((pid) => tell(pid, 0)); waited += LOOK_MS) await systemClock.sleep(LOOK_MS);
  for (const pid of processes) tell(pid, 'SIGKILL');
  for (const directory of directories) await rm(directory, { recursive: true, force: true });
}

/** Whether the process was there to be told. */
function tell(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

void main();
