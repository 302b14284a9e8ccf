import type { Clock } from './clock.ts';
import type { StopRequest } from './envoy/stop-request.ts';
import type { Logger } from './log.ts';

/** What the agent touches of its process; handed in by the entry point. */
export interface AgentPorts {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** In [0, 1), for jitter. */
  readonly random: () => number;
  readonly log: Logger;
  /** The user the agent runs as. */
  readonly uid: number;
  /** We are PID 1 of a container: it ends with us. */
  readonly pid1: boolean;
  /** Node's inspector is open: whoever reaches its port reads our memory. */
  readonly inspected: () => boolean;
  /** Gives memory that only the start needed back to the system. */
  readonly releaseMemory: () => void;
  /** TERM and INT. */
  readonly stop: StopRequest;
  /** HUP and USR1; returns how to stop listening. */
  signals(handlers: { readonly hangup: () => void; readonly reopen: () => void }): () => void;
}
