import type { StatusBoard } from '../status.ts';
import type { Envoy } from './envoy.ts';

/** An Envoy in another container that shares MTLS_DIR: others start it, watch it and end it. */
export class EnvoyNeighbour implements Envoy {
  readonly gone: AbortSignal = new AbortController().signal;
  readonly exit = undefined;
  readonly #status: StatusBoard;

  constructor(status: StatusBoard) {
    this.#status = status;
  }

  find(): Promise<void> {
    return Promise.resolve();
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  /** A new process there opens new streams, and gets all on them. */
  onRestart(): void {}

  /** Who started it decides what becomes of it. */
  noteNotLive(): void {}

  noteLive(): void {
    this.#status.note({ kind: 'envoy', state: 'running' });
  }

  failedStart(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  /** It is not our process. */
  signal(): void {}

  stop(): Promise<void> {
    return Promise.resolve();
  }
}
