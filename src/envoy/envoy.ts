import type { AgentError } from '../errors.ts';
import type { Manifest } from '../mesh/manifest.ts';
import type { EnvoyExit } from './process.ts';

/** How Envoy is taken out of service. */
export interface Drain {
  /** Longest drain; 0: none. */
  readonly drainMs: number;
  /** How much of it belongs to balancers: they turn away when enough health checks have failed. */
  readonly noticeMs: number;
}

/** What the agent does with its Envoy, be it its child or its neighbour. */
export interface Envoy {
  /** Aborts when Envoy has ended for good, whoever wanted it. */
  readonly gone: AbortSignal;
  /** How it ended for good; undefined while it runs or will run again. */
  readonly exit: EnvoyExit | undefined;
  /** Throws `envoy-missing` before anything is fetched. */
  find(): Promise<unknown>;
  /** Resolves as soon as the process exists. Throws `envoy-missing`. */
  start(): Promise<void>;
  /** Calls `listener` at each start after the first: what the Envoy before was shown to use, this one has yet to get. */
  onRestart(listener: () => void): void;
  /** Envoy has been LIVE: its end is from now on no failed start. */
  noteLive(): void;
  /** Envoy has all it needs and is still not LIVE, again: after some times it counts as hanging. */
  noteNotLive(): void;
  /** Why it failed to start; undefined if it did start, or did not say so by its exit code. */
  failedStart(manifest: Manifest): Promise<AgentError | undefined>;
  /** Passes a signal on; nothing happens before the start and after the end. */
  signal(name: NodeJS.Signals): void;
  /** Drains, ends Envoy and clears up after it. */
  stop(drain: Drain, now: AbortSignal): Promise<void>;
}
