import type { Clock } from '../clock.ts';
import type { AgentError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Manifest } from '../mesh/manifest.ts';
import type { StatusBoard } from '../status.ts';
import type { EnvoyAdmin } from './admin.ts';
import { findBinary } from './binary.ts';
import { envoyEnvironment } from './environment.ts';
import { FAILED_START, explainFailedStart } from './failed-start.ts';
import { hotRestartArguments, removeSharedMemory } from './hot-restart.ts';
import { type EnvoyExit, type EnvoyProcess, spawnEnvoy } from './process.ts';
import { shutDown } from './shutdown.ts';

export interface ChildSettings {
  /** MTLS_ENVOY. */
  readonly envoy: string | undefined;
  /** Ours; Envoy gets an allow-list of it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly directory: string;
  readonly pid1: boolean;
  /** `-c FILE` and what the user put behind `--`. */
  readonly arguments: readonly string[];
}

export interface ChildPorts {
  readonly admin: EnvoyAdmin;
  readonly clock: Clock;
  readonly log: Logger;
  readonly status: StatusBoard;
}

/** What the agent does with its Envoy, be it its child or its neighbour. */
export interface Envoy {
  /** Aborts when Envoy has ended, whoever wanted it. */
  readonly gone: AbortSignal;
  /** How it ended; undefined while it runs. */
  readonly exit: EnvoyExit | undefined;
  /** Throws `envoy-missing` before anything is fetched. */
  find(): Promise<unknown>;
  /** Resolves as soon as the process exists. Throws `envoy-missing`. */
  start(): Promise<void>;
  /** Envoy has been LIVE: its end is from now on no failed start. */
  noteLive(): void;
  /** Why it failed to start; undefined if it did start, or did not say so by its exit code. */
  failedStart(manifest: Manifest): Promise<AgentError | undefined>;
  /** Passes a signal on; nothing happens before the start and after the end. */
  signal(name: NodeJS.Signals): void;
  /** Drains for at most `drainMs`, ends Envoy and clears up after it. */
  stop(drainMs: number, now: AbortSignal): Promise<void>;
}

/** The one Envoy that the agent starts, watches and ends. */
export class EnvoyChild implements Envoy {
  readonly #settings: ChildSettings;
  readonly #ports: ChildPorts;
  readonly #gone = new AbortController();
  #process: EnvoyProcess | undefined;
  #exit: EnvoyExit | undefined;
  #binary: string | undefined;
  #wasLive = false;

  constructor(settings: ChildSettings, ports: ChildPorts) {
    this.#settings = settings;
    this.#ports = ports;
  }

  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  get exit(): EnvoyExit | undefined {
    return this.#exit;
  }

  async find(): Promise<string> {
    this.#binary ??= await findBinary({ envoy: this.#settings.envoy, path: this.#settings.env.PATH });
    return this.#binary;
  }

  noteLive(): void {
    this.#wasLive = true;
  }

  async failedStart(manifest: Manifest): Promise<AgentError | undefined> {
    if (this.#wasLive || this.#exit?.code !== FAILED_START) return undefined;
    const { arguments: own, env } = this.#settings;
    return explainFailedStart({ binary: await this.find(), arguments: own, environment: envoyEnvironment(env) }, manifest, this.#ports.clock);
  }

  async start(): Promise<void> {
    if (this.#process !== undefined) return;
    const { env, directory, pid1, arguments: own } = this.#settings;
    const { log, status } = this.#ports;
    // an Envoy of this directory that died with its agent may have left its file behind
    await removeSharedMemory(directory);
    const binary = await this.find();
    const child = await spawnEnvoy({ binary, arguments: [...own, ...hotRestartArguments({ pid1, directory })], environment: envoyEnvironment(env) });
    this.#process = child;
    log.info('envoy-started', { pid: child.pid, binary });
    status.note({ kind: 'envoy', state: 'running', pid: child.pid });
    void child.exited.then((exit) => {
      this.#exit = exit;
      status.note({ kind: 'envoy', state: 'exited' });
      log.info('envoy-exited', { pid: child.pid, code: exit.code, signal: exit.signal });
      this.#gone.abort(new Error('envoy has ended'));
    });
  }

  signal(name: NodeJS.Signals): void {
    this.#process?.signal(name);
  }

  async stop(drainMs: number, now: AbortSignal): Promise<void> {
    const { admin, clock, log, status } = this.#ports;
    if (this.#process !== undefined && this.#exit === undefined) {
      status.note({ kind: 'envoy', state: 'draining' });
      const { drained, killed } = await shutDown({ envoy: this.#process, admin, clock, drainMs, now });
      log.info('envoy-stopped', { drained, killed });
    }
    await removeSharedMemory(this.#settings.directory);
  }
}
