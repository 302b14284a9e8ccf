import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, watch } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { playEnvoy } from '../../build/boot.mjs';
import { envoyEnvironment } from '../../src/envoy/environment.ts';
import { probeLeaf } from '../../src/envoy/probe.ts';
import { hotRestartArguments, removeSharedMemory } from '../../src/envoy/hot-restart.ts';
import { type AgentVariant, type Stage, type StaticEnvoy, end, makeStatic } from './stage.ts';

/** Beyond this something is stuck; the slowest run on a busy machine takes a tenth. */
const LIMIT_MS = 20_000;

/** From the start of a process to what is waited for. */
export interface Taken {
  readonly wallMs: number;
  /** What the process itself (its main thread) computed until then: on a busy machine the truer number. */
  readonly cpuMs: number;
}

export type Measurement = () => Promise<Taken>;

/** A node that has nothing to do, until it runs its first line. */
export function bareNode(stage: Stage): Measurement {
  return () =>
    inWorkplace(stage, () => ({
      spawn: () => stage.spawnNode(['-e', 'require("fs").writeSync(1, "1"); setInterval(() => {}, 1e6)']),
      seen: (_signal, child) => once(child.stdout!, 'data').then(() => undefined),
    }));
}

/** An Envoy alone with certificates as static files, start to the first TLS handshake that shows the leaf. */
export function bareEnvoy(stage: Stage, { bootstrap, serial }: StaticEnvoy): Measurement {
  return () =>
    inWorkplace(stage, (directory) => ({
      spawn: () => spawn(stage.envoy, ['-c', bootstrap, '--concurrency', '1', ...hotRestartArguments({ pid1: false, directory })], { env: envoyEnvironment(process.env), stdio: 'ignore' }),
      seen: (signal) => serves(stage.port, serial, signal),
    }));
}

/** The agent with its Envoy, start to the same handshake. */
export function serving(stage: Stage, variant: Omit<AgentVariant, 'envoy'>, serial: string): Measurement {
  return () =>
    inWorkplace(stage, (directory) => ({
      spawn: () => stage.spawnAgent({ ...variant, envoy: true }, directory),
      seen: (signal) => serves(stage.port, serial, signal),
    }));
}

/** The agent without an Envoy, start to material delivered: every secret has come over SDS, or `current` has been swapped. */
export function delivered(stage: Stage, variant: Omit<AgentVariant, 'envoy'>): Measurement {
  return () =>
    inWorkplace(stage, (directory) => ({
      spawn: () => stage.spawnAgent({ ...variant, envoy: false }, directory),
      seen: (signal) => (variant.delivery === 'sds' ? playEnvoy(directory, signal) : filesIn(directory, signal)),
    }));
}

/** Delivers files once and makes of them what a bare Envoy runs with. */
export async function prepareStatic(stage: Stage, directory: string): Promise<StaticEnvoy> {
  let prepared: StaticEnvoy | undefined;
  await inWorkplace(stage, (run) => ({
    spawn: () => stage.spawnAgent({ delivery: 'files', over: 'http', envoy: false }, run),
    seen: async (signal) => {
      await filesIn(run, signal);
      prepared = makeStatic(run, directory);
    },
  }));
  if (prepared === undefined) throw new Error('nothing was delivered');
  return prepared;
}

interface Trial {
  readonly spawn: () => ChildProcess;
  /** Resolves when what is measured has happened. */
  readonly seen: (signal: AbortSignal, child: ChildProcess) => Promise<void>;
}

async function inWorkplace(stage: Stage, trialIn: (directory: string) => Trial): Promise<Taken> {
  const { directory, remove } = stage.workplace();
  const { spawn: start, seen } = trialIn(directory);
  const over = new AbortController();
  const startMs = performance.now();
  const child = start();
  let log = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (log += text));
  try {
    const ended = once(child, 'exit').then(() => Promise.reject(new Error('it has ended')));
    await Promise.race([seen(AbortSignal.any([over.signal, AbortSignal.timeout(LIMIT_MS)]), child), ended]);
    const wallMs = performance.now() - startMs;
    return { wallMs, cpuMs: cpuMsOf(child.pid) };
  } catch (cause) {
    throw new Error(`not seen: ${String(cause)}\n${log}`, { cause });
  } finally {
    over.abort();
    await end(child);
    await removeSharedMemory(directory);
    remove();
  }
}

/** Time on a processor of the first thread (the first field of /proc/PID/task/TID/schedstat, in nanoseconds). */
function cpuMsOf(pid = 0): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
}

/** Asks every millisecond; before Envoy listens, being refused costs next to nothing. */
async function serves(port: number, serial: string, signal: AbortSignal): Promise<void> {
  while ((await probeLeaf({ host: '127.0.0.1', port }, signal).catch(() => '')) !== serial) await sleep(1, undefined, { signal });
}

/** Trust is swapped in first, then the identity: with its certificate everything is there. */
function filesIn(directory: string, signal: AbortSignal): Promise<void> {
  const current = join(directory, 'current');
  const hasIdentity = (): boolean => existsSync(current) && readdirSync(current).some((name) => existsSync(join(current, name, 'tls.crt')));
  return new Promise((resolve) => {
    const watcher = watch(directory, { signal }, () => {
      if (hasIdentity()) resolve();
    });
    watcher.on('error', () => undefined);
  });
}
