import type { Clock } from '../clock.ts';

/** Why to look at the sources now. A trigger carries a reason, never data: the loop fetches the current truth. */
export type Reason = 'start' | 'timer' | 'hangup' | 'refused' | 'stop';

/** Collects triggers; what arrives while a reconcile is under way is merged into the next. */
export class Triggers {
  readonly #reasons = new Set<Reason>();
  #notify: (() => void) | undefined;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  fire(reason: Reason): void {
    this.#reasons.add(reason);
    this.#notify?.();
  }

  /** The reasons that have come up, `timer` after `ms` without one. Rejects with the signal's reason when it aborts. */
  async next(ms: number, signal: AbortSignal): Promise<ReadonlySet<Reason>> {
    signal.throwIfAborted();
    if (this.#reasons.size === 0) await this.#wait(ms, signal);
    const reasons = new Set(this.#reasons);
    this.#reasons.clear();
    return reasons.size > 0 ? reasons : new Set(['timer']);
  }

  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    const fired = new AbortController();
    const fire = new Promise<void>((resolve) => {
      this.#notify = resolve;
    });
    const slept = this.#clock.sleep(ms, AbortSignal.any([signal, fired.signal]));
    try {
      await Promise.race([fire, slept]);
    } finally {
      this.#notify = undefined;
      fired.abort();
      slept.catch(() => undefined);
    }
  }
}
