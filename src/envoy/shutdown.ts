import type { Clock } from '../clock.ts';
import type { EnvoyAdmin } from './admin.ts';
import { parseCounters } from './counters.ts';
import type { EnvoyExit, EnvoyProcess } from './process.ts';

export interface Shutdown {
  readonly envoy: EnvoyProcess;
  readonly admin: EnvoyAdmin;
  readonly clock: Clock;
  /** How long balancers need to see the failing health check; 0: whoever sends requests is told by `connection: close` alone. */
  readonly noticeMs: number;
  /** Longest drain, the wait for balancers included, `MTLS_DRAIN`; 0: none. */
  readonly drainMs: number;
  /** Aborts when draining is to end at once. */
  readonly now: AbortSignal;
}

/** `drained`: nothing was in flight when Envoy was told to end. `killed`: it did not end by itself. */
export interface ShutdownOutcome {
  readonly exit: EnvoyExit;
  readonly drained: boolean;
  readonly killed: boolean;
}

/** As often as a fast balancer looks; each poll costs Envoy less than a millisecond. */
const POLL_MS = 200;
/**
 * How long nothing must be in flight. Between two requests nothing is either, and balancers need a few failed health
 * checks to turn away: with a second of them no request of 4 267 was lost, without 23 of 1 500.
 */
const QUIET_MS = 1_000;
/** Envoy ends 13 to 23 ms after SIGTERM; two seconds are a loaded machine, more is stuck. */
const TERM_MS = 2_000;
/** An admin that does not answer must not eat the time to drain. */
const ADMIN_MS = 1_000;

/**
 * Graceful, then forceful, always bounded: health checks fail and connections are closed by response; when balancers have
 * had their time, listeners drain, until nothing is in flight or `drainMs` is over; then SIGTERM, which drops what is left, then SIGKILL. Never rejects: an admin that cannot
 * be reached leaves nothing to drain by, and an Envoy that has ended already is the outcome.
 */
export async function shutDown(shutdown: Shutdown): Promise<ShutdownOutcome> {
  const { envoy, clock, now } = shutdown;
  const ended = new AbortController();
  void envoy.exited.then(() => ended.abort(new Error('envoy has ended')));
  const enough = clock.deadline(shutdown.drainMs, new Error('the drain limit is over'), AbortSignal.any([now, ended.signal]));
  const drained = await drain(shutdown, enough);
  envoy.signal('SIGTERM');
  const killed = !(await endsWithin(TERM_MS, ended.signal, clock));
  if (killed) envoy.signal('SIGKILL');
  return { exit: await envoy.exited, drained, killed };
}

/** Whether all became quiet before `enough`. */
async function drain({ admin, clock, drainMs, noticeMs }: Shutdown, enough: AbortSignal): Promise<boolean> {
  if (drainMs === 0) return false;
  const patience = (): AbortSignal => clock.deadline(ADMIN_MS, new Error('the admin does not answer'), enough);
  try {
    await admin.post('/healthcheck/fail', patience());
    if (noticeMs > 0) await clock.sleep(noticeMs, enough);
    // listeners stay open for --drain-time-s: what the balancer still sends is served, and its connection closed
    await admin.post('/drain_listeners?graceful', patience());
    let quietSinceMs: number | undefined;
    for (;;) {
      const busy = inFlight(await admin.get(IN_FLIGHT, patience())) > 0;
      quietSinceMs = busy ? undefined : (quietSinceMs ?? clock.monotonicMs());
      if (quietSinceMs !== undefined && clock.monotonicMs() - quietSinceMs >= QUIET_MS) return true;
      await clock.sleep(POLL_MS, enough);
    }
  } catch {
    // over time, asked to be quick, ended by itself or out of reach: each leaves SIGTERM as the next step
    return false;
  }
}

const IN_FLIGHT = `/stats?filter=${encodeURIComponent('downstream_(cx|rq)_active$')}`;

/** Connections and requests of every listener but the admin's, which carries this very question. */
export function inFlight(stats: string): number {
  const counts = [...parseCounters(stats)].filter(([name]) => !/^(http|listener)\.admin\./.test(name));
  return counts.reduce((sum, [, value]) => sum + value, 0);
}

async function endsWithin(ms: number, ended: AbortSignal, clock: Clock): Promise<boolean> {
  return clock.sleep(ms, ended).then(
    () => false,
    () => true,
  );
}
