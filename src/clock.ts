import { setMaxListeners } from 'node:events';

/**
 * The port for time: the one place that reads the wall clock and sets timers. Everything else is handed a `Clock`,
 * so a test owns the time.
 */
export interface Clock {
  /** Wall clock, for dates in certificates and logs. */
  now(): Date;
  /** Milliseconds since an arbitrary moment; never jumps. For measuring and for deadlines. */
  monotonicMs(): number;
  /** Resolves after `ms`; rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** A signal that aborts with `reason` after `ms`, or with the parent's reason when that aborts first. */
  deadline(ms: number, reason: Error, parent?: AbortSignal): AbortSignal;
}

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => new Date(),
  // not `performance`: the first use of that global loads a dozen modules
  monotonicMs: () => Number(process.hrtime.bigint()) / 1e6,
  sleep,
  deadline(ms, reason, parent) {
    const controller = new AbortController();
    // one listener for each deadline under way: on a parent that lives as long as we do Node would take many for a leak
    if (parent !== undefined) setMaxListeners(0, parent);
    const stop = (): void => {
      clearTimeout(timer);
      controller.abort(parent?.reason);
    };
    const expire = (): void => {
      // by hand: with the option `signal` Node keeps something of every deadline for as long as the parent lives
      parent?.removeEventListener('abort', stop);
      controller.abort(reason);
    };
    // unref: an unused deadline must not hold the process open
    const timer = setTimeout(expire, ms).unref();
    if (parent?.aborted) stop();
    else parent?.addEventListener('abort', stop, { once: true });
    return controller.signal;
  },
};

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(reasonOf(signal));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, ms);
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true });
  });
}

function reasonOf(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
}
