import { access } from 'node:fs/promises';
import type { Clock } from '../clock.ts';
import type { AgentError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Manifest } from '../mesh/manifest.ts';
import type { StatusBoard } from '../status.ts';
import type { EnvoyAdmin } from './admin.ts';
import { findBinary } from './binary.ts';
import { CRASH_LIMIT, CRASH_WINDOW_MS, Crashes } from './crashes.ts';
import type { Drain, Envoy } from './envoy.ts';
import { envoyEnvironment } from './environment.ts';
import { FAILED_START, explainFailedStart } from './failed-start.ts';
import { hotRestartArguments, removeSharedMemory } from './hot-restart.ts';
import { killedForMemory } from './memory-limit.ts';
import { type EnvoyExit, type EnvoyProcess, exitCodeOf, spawnEnvoy } from './process.ts';
import { shutDown } from './shutdown.ts';
import { awaitSilence } from './watchdog.ts';

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
  /** In [0, 1), for jitter. */
  readonly random: () => number;
  readonly log: Logger;
  readonly status: StatusBoard;
}

/** Each is `awaitLive`'s limit apart, after the delivery: an Envoy that needs more than half a minute waits for something that does not come. */
const NOT_LIVE_LIMIT = 3;

/** The Envoy that the agent starts, watches, starts again after a crash, and ends. */
export class EnvoyChild implements Envoy {
  readonly #settings: ChildSettings;
  readonly #ports: ChildPorts;
  readonly #gone = new AbortController();
  readonly #stopping = new AbortController();
  readonly #crashes = new Crashes();
  readonly #restartListeners: (() => void)[] = [];
  #process: EnvoyProcess | undefined;
  #running = false;
  #ending: Promise<void> | undefined;
  #exit: EnvoyExit | undefined;
  #binary: string | undefined;
  /** The first Envoy was, and this one. */
  #everLive = false;
  #live = false;
  #notLive = 0;
  #killedForMemory: number | undefined;

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

  onRestart(listener: () => void): void {
    this.#restartListeners.push(listener);
  }

  noteLive(): void {
    this.#live = true;
    this.#everLive = true;
    this.#notLive = 0;
  }

  noteNotLive(): void {
    this.#notLive += 1;
    if (this.#notLive >= NOT_LIVE_LIMIT) this.#endHanging('it has what it needs and does not become LIVE');
  }

  async failedStart(manifest: Manifest): Promise<AgentError | undefined> {
    if (this.#live || this.#exit?.code !== FAILED_START) return undefined;
    const { arguments: own, env } = this.#settings;
    return explainFailedStart({ binary: await this.find(), arguments: own, environment: envoyEnvironment(env) }, manifest, this.#ports.clock);
  }

  async start(): Promise<void> {
    if (this.#process !== undefined) return;
    await this.#spawn();
  }

  signal(name: NodeJS.Signals): void {
    this.#process?.signal(name);
  }

  async stop(drain: Drain, now: AbortSignal): Promise<void> {
    const { admin, clock, log, status } = this.#ports;
    this.#stopping.abort(new Error('the agent stops'));
    // an Envoy that is about to be started again either is not any more, or has been
    if (!this.#running) await this.#ending;
    if (this.#process !== undefined && this.#running) {
      status.note({ kind: 'envoy', state: 'draining' });
      const { drained, killed } = await shutDown({ envoy: this.#process, admin, clock, ...drain, now });
      log.info('envoy-stopped', { drained, killed });
    }
    await removeSharedMemory(this.#settings.directory);
  }

  async #spawn(): Promise<void> {
    const { env, directory, pid1, arguments: own } = this.#settings;
    const { log, status } = this.#ports;
    // an Envoy of this directory that died, with its agent or alone, may have left its file behind
    await removeSharedMemory(directory);
    const binary = await this.find();
    this.#killedForMemory = await killedForMemory('/');
    const child = await spawnEnvoy({ binary, arguments: [...own, ...hotRestartArguments({ pid1, directory })], environment: envoyEnvironment(env) });
    this.#process = child;
    this.#running = true;
    this.#live = false;
    this.#notLive = 0;
    log.info('envoy-started', { pid: child.pid, binary });
    status.note({ kind: 'envoy', state: 'running', pid: child.pid });
    const ended = new AbortController();
    void this.#watch(ended.signal).catch(() => undefined);
    void child.exited.then((exit) => {
      this.#running = false;
      ended.abort(new Error('envoy has ended'));
      this.#ending = this.#ended(child.pid, exit);
    });
  }

  /** Rejects when Envoy ends before it falls silent. */
  async #watch(ended: AbortSignal): Promise<void> {
    const { admin, clock, log, status } = this.#ports;
    const over = AbortSignal.any([ended, this.#stopping.signal]);
    await awaitSilence({ admin, clock, note: (silent) => status.note({ kind: 'envoy', state: silent ? 'hanging' : 'running' }) }, over);
    if (await this.#lostDirectory()) {
      // it serves with what it has; the next one could not even be started
      log.error('directory-lost', { message: `${this.#settings.directory} has been removed underneath: Envoy serves on, and can neither be looked at nor started again`, hint: 'replace the task' });
      return;
    }
    this.#endHanging('its admin has been silent for half a minute');
  }

  async #lostDirectory(): Promise<boolean> {
    return access(this.#settings.directory).then(
      () => false,
      () => true,
    );
  }

  #endHanging(why: string): void {
    const { log, status } = this.#ports;
    status.note({ kind: 'envoy', state: 'hanging' });
    log.error('envoy-hangs', { message: `envoy hangs: ${why}; it is killed and started again`, hint: 'see its own log above' });
    this.signal('SIGKILL');
  }

  async #ended(pid: number, exit: EnvoyExit): Promise<void> {
    const { clock, log, random, status } = this.#ports;
    const forMemory = exit.signal === 'SIGKILL' && ((await killedForMemory('/')) ?? 0) > (this.#killedForMemory ?? 0);
    log.info('envoy-exited', { pid, code: exit.code, signal: exit.signal, ...(forMemory && { cause: 'the kernel killed it: the memory limit of the container is reached' }) });
    // by its own code it ends after quitquitquit, which somebody wanted, or before it was ever LIVE, which no restart mends
    const wanted = exit.code === 0 || (exit.code !== null && !this.#everLive) || this.#stopping.signal.aborted;
    const delayMs = wanted ? undefined : this.#crashes.count(clock.monotonicMs(), random());
    if (delayMs === undefined) {
      this.#endForGood(exit, wanted ? 'envoy has ended' : `envoy has crashed ${CRASH_LIMIT} times within ${CRASH_WINDOW_MS / 1000} s`);
      return;
    }
    log.warn('envoy-restarts', { afterMs: Math.round(delayMs), code: exitCodeOf(exit) });
    status.note({ kind: 'envoy', state: 'restarting' });
    this.#restartListeners.forEach((listener) => listener());
    try {
      await clock.sleep(delayMs, this.#stopping.signal);
      await this.#spawn();
    } catch (cause) {
      this.#endForGood(exit, cause instanceof Error ? cause.message : 'envoy has ended');
    }
  }

  #endForGood(exit: EnvoyExit, why: string): void {
    this.#exit = exit;
    this.#ports.status.note({ kind: 'envoy', state: 'exited' });
    this.#gone.abort(new Error(why));
  }
}
