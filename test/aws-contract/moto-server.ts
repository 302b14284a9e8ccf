import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Moto } from '../../build/moto.mjs';

/** moto's server on a free port of loopback. */
export interface MotoServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * The kernel ends moto with the process that started it, however that ends (PR_SET_PDEATHSIG, prctl(2)). `-p 0` takes a
 * free port.
 */
const LAUNCH = `import ctypes, signal
ctypes.CDLL(None).prctl(1, signal.SIGKILL)
from moto.server import main
main(['-H', '127.0.0.1', '-p', '0'])`;

/** Up in about a second; a busy machine needs longer. */
const START_DEADLINE_MS = 60_000;

/** Starts it and waits until it listens; its log is kept in memory, and told only when it does not start. */
export async function startMoto({ python, directory }: Moto): Promise<MotoServer> {
  const child = spawn(python, ['-s', '-c', LAUNCH], {
    env: { ...process.env, PYTHONPATH: directory, PYTHONUNBUFFERED: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  try {
    return { url: await announced(child), stop: () => stop(child) };
  } catch (error) {
    await stop(child);
    throw error;
  }
}

/** The address that moto logs once it listens. */
function announced(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let log = '';
    const fail = (why: string): void => reject(new Error(`moto ${why}; it logged:\n${log}`));
    const timer = setTimeout(() => fail(`does not listen after ${START_DEADLINE_MS / 1000} s`), START_DEADLINE_MS);
    child.once('error', reject);
    child.once('exit', (code, signal) => fail(`ended with ${code ?? signal ?? 'nothing'} before it listened`));
    // read on to the end: a full pipe would stop it
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      const url = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(log)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    });
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
