import { quote } from './quote.ts';

const FACTOR = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** Node's timers hold 31 bits (596 hours) and fire at once beyond that. */
const LONGEST_MS = 500 * FACTOR.h;

/** `250ms`, `30s`, `5m`, `2h` in milliseconds. */
export function parseDuration(given: string): number {
  const match = /^(\d+)(ms|s|m|h)$/.exec(given);
  const ms = match === null ? Number.NaN : Number(match[1]) * FACTOR[match[2] as keyof typeof FACTOR];
  if (Number.isNaN(ms)) throw new Error(`${quote(given)} is not a duration, expected for example 250ms, 30s, 5m or 2h`);
  if (ms > LONGEST_MS) throw new Error(`${quote(given)} is too long, expected at most 500h`);
  return ms;
}

/** A duration above zero: what is repeated or waited for needs a span. */
export function parseSpan(given: string): number {
  const ms = parseDuration(given);
  if (ms === 0) throw new Error(`${quote(given)} is no time at all, expected for example 250ms, 30s, 5m or 2h`);
  return ms;
}
