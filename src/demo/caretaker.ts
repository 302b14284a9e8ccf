import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Tells the janitor what a killed demo would leave behind. */
export interface Caretaker {
  process(pid: number): void;
  directory(path: string): void;
  /** Everything has been cleaned up already. */
  release(): void;
}

export function hireJanitor(script: string): Caretaker {
  // a session of its own, so that whatever ends the demo does not end the janitor with it
  const janitor: ChildProcess = spawn(process.execPath, [script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'], env: {} });
  janitor.unref();
  const say = (line: string): void => void janitor.stdin?.write(`${line}\n`);
  return {
    process: (pid) => say(`process ${pid}`),
    directory: (path) => say(`directory ${path}`),
    release: () => void janitor.kill('SIGKILL'),
  };
}

/**
 * A directory for sockets, and for keys when they are delivered as files: in memory where there is such a place, and
 * with a short path, because a socket's address holds 107 bytes.
 */
export function makeRuntimeDirectory(env: Readonly<Record<string, string | undefined>>): string {
  const places = [env.XDG_RUNTIME_DIR ?? '', '/dev/shm', tmpdir()];
  const place = places.find((path) => path !== '' && path.length < 60 && isWritable(path)) ?? tmpdir();
  return mkdtempSync(join(place, 'mtls-demo-'));
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return existsSync(path);
  } catch {
    return false;
  }
}
