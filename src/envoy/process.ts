import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { AgentError } from '../errors.ts';

/** How Envoy ended: exactly one of the two is set. */
export interface EnvoyExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running Envoy, or one that ran. */
export interface EnvoyProcess {
  readonly pid: number;
  /** Settles when the process has ended and has been reaped; never rejects. */
  readonly exited: Promise<EnvoyExit>;
  /** Does nothing once Envoy has ended. */
  signal(name: NodeJS.Signals): void;
}

export interface EnvoySpawn {
  readonly binary: string;
  readonly arguments: readonly string[];
  /** All that Envoy sees; `envoyEnvironment` makes it. */
  readonly environment: Readonly<Record<string, string>>;
  /** File descriptors that take Envoy's output; ours unless told. */
  readonly stdout?: number;
  readonly stderr?: number;
}

/**
 * Starts Envoy as our child, from the main thread: the kernel ties the parent-death signal to the thread that forked.
 * Resolves as soon as the process exists.
 *
 * @throws {AgentError} `envoy-missing` if the binary cannot be executed
 */
export function spawnEnvoy(what: EnvoySpawn): Promise<EnvoyProcess> {
  const child = spawn(what.binary, what.arguments, {
    env: what.environment,
    // a process group of its own: Ctrl-C at a terminal reaches us alone, and Envoy is drained before it ends
    detached: true,
    stdio: ['ignore', what.stdout ?? 'inherit', what.stderr ?? 'inherit'],
  });
  const exited = new Promise<EnvoyExit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  return new Promise((resolve, reject) => {
    child.on('error', (cause) => reject(notExecutable(what.binary, cause)));
    child.once('spawn', () => {
      resolve({ pid: child.pid ?? 0, exited, signal: (name) => void child.kill(name) });
    });
  });
}

/** What the agent passes on when Envoy ended by itself: its code, or 128 + signal number as a shell does. */
export function exitCodeOf(exit: EnvoyExit): number {
  return exit.signal === null ? (exit.code ?? 0) : 128 + constants.signals[exit.signal];
}

function notExecutable(binary: string, cause: Error): AgentError {
  return new AgentError('envoy-missing', `envoy at ${binary} cannot be executed: ${cause.message}`, {
    hint: 'is it a binary for this processor and this libc? point MTLS_ENVOY at one that is',
    cause,
  });
}
