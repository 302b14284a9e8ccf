/** When to look again. Pure: the state comes in, randomness is a number in [0, 1). */

/** First retry after 250 ms: a throttled or still starting service often answers then. */
const FIRST_RETRY_MS = 250;
/** Before the first delivery nobody is served, so retries never become rare. */
const LONGEST_START_RETRY_MS = 5_000;
/** Spread of a poll around its interval, so that a fleet does not ask in step. */
const POLL_JITTER = 0.2;
/** How long to sleep when nothing is due: setTimeout takes at most 2^31-1 milliseconds, and waking once a day costs nothing. */
export const longestWaitMs = 86_400_000;

/** Delay before attempt `failures + 1`, before anything was delivered: exponential, full jitter above the half. */
export function startRetryMs(failures: number, random: number): number {
  const ceiling = Math.min(LONGEST_START_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 10));
  return ceiling / 2 + (ceiling / 2) * random;
}

/** Delay until the next look at a source that is asked every `pollMs`; failures stretch it no further than the poll itself. */
export function pollDelayMs(pollMs: number, failures: number, random: number): number {
  const jittered = pollMs * (1 - POLL_JITTER + 2 * POLL_JITTER * random);
  return failures === 0 ? jittered : Math.min(jittered, startRetryMs(failures, random) * 4);
}

/** How long before its end a certificate is looked after: ACM itself renews 60 days before, so half of that is late. */
const RENEWAL_MS = 30 * 86_400_000;
/** A rotation every 4 hours, or of 7-day certificates, is always within 30 days of the end: there a share of the lifetime counts. */
const RENEWAL_SHARE = 1 / 3;
/** Looks that the last stretch has room for. */
const RENEWAL_LOOKS = 20;

/** When a certificate is valid, in milliseconds since the epoch. */
export interface Validity {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** Delay until the certificate's age is a reason to look, whatever the poll; 0 once it has expired. */
export function expiryDelayMs({ notBeforeMs, notAfterMs }: Validity, nowMs: number): number {
  const stretchMs = Math.min(RENEWAL_MS, (notAfterMs - notBeforeMs) * RENEWAL_SHARE);
  const opensMs = notAfterMs - stretchMs;
  if (nowMs < opensMs) return opensMs - nowMs;
  return Math.max(0, Math.min(stretchMs / RENEWAL_LOOKS, notAfterMs - nowMs));
}
