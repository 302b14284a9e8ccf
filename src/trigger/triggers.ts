import type { Clock } from '../clock.ts';

/** Why to look at the sources now. A trigger carries a reason, never data: the loop fetches the current truth. */
export type Reason = 'start' | 'timer' | 'hangup' | 'file' | 'notice' | 'refused' | 'restarted' | 'stop';

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
    const over = new AbortController();
    const stop = (): void => over.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    this.#notify = (): void => over.abort(FIRED);
    try {
      await this.#clock.sleep(ms, over.signal);
    } catch (thrown) {
      if (thrown !== FIRED) throw thrown;
    } finally {
      this.#notify = undefined;
      signal.removeEventListener('abort', stop);
    }
  }
}

/** Why a sleep ended that was ended by a trigger. */
const FIRED = new Error('a trigger fired');
