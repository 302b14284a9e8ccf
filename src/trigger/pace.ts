import type { Clock } from '../clock.ts';

/** So many at once are more than any real burst: a certificate for each of a few dozen endpoints, renewed together. */
const BURST = 5;
/** Then one a second: a look asks one version of each secret, which even a fleet of thousands does not feel. */
const REFILL_MS = 1_000;

/** Fires at most a short burst, then once a second, however often it is asked to; the last request is never lost. */
export class Pace {
  readonly #clock: Clock;
  readonly #fire: () => void;
  readonly #signal: AbortSignal;
  #tokens = BURST;
  #filledMs: number;
  #waiting = false;

  constructor(fire: () => void, clock: Clock, signal: AbortSignal) {
    this.#fire = fire;
    this.#clock = clock;
    this.#signal = signal;
    this.#filledMs = clock.monotonicMs();
  }

  request(): void {
    if (this.#waiting) return;
    const nowMs = this.#clock.monotonicMs();
    this.#tokens = Math.min(BURST, this.#tokens + (nowMs - this.#filledMs) / REFILL_MS);
    this.#filledMs = nowMs;
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      this.#fire();
      return;
    }
    this.#waiting = true;
    void this.#clock.sleep(Math.ceil((1 - this.#tokens) * REFILL_MS), this.#signal).then(
      () => {
        this.#waiting = false;
        this.request();
      },
      () => undefined,
    );
  }
}
