import { expect, test } from 'vitest';
import { expiryDelayMs, pollDelayMs } from '../../src/schedule.ts';
import { markdown } from './table.ts';

/** The default poll of a secret, and how often it is read whatever its version (src/reader.ts). */
const POLL_MS = 60_000;
const READ_AGAIN_MS = 3_600_000;
const AGENTS = 10_000;
/** Identity and trust, as ColorTeller has them. */
const SECRETS_EACH = 2;
/** Fargate starts no 10,000 tasks at the same moment; ten seconds are a fleet that comes back after a network was down. */
const START_WITHIN_MS = 10_000;
const ROTATION_AT_MS = 2 * 3_600_000;
const END_MS = 3 * 3_600_000;
/** Per second, account and region (Secrets Manager quotas). */
const QUOTA = { DescribeSecret: 40_000, GetSecretValue: 10_000 } as const;

type Operation = keyof typeof QUOTA;

/** The same numbers in every run: mulberry32. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** One secret of one agent, from its start to the end: its calls, and when it holds the rotated version. */
function live(startMs: number, random: () => number, rotates: boolean, called: (operation: Operation, atMs: number) => void): number | undefined {
  const validity = { notBeforeMs: 0, notAfterMs: 395 * 86_400_000 };
  called('GetSecretValue', startMs);
  let readMs = startMs;
  let tookMs: number | undefined;
  for (let nowMs = startMs; ; ) {
    // the certificate's age is far from being a reason here, and asked as the loop asks it
    nowMs += Math.min(pollDelayMs(POLL_MS, 0, random()), expiryDelayMs(validity, nowMs));
    if (nowMs > END_MS) return tookMs;
    const moved = rotates && nowMs >= ROTATION_AT_MS && tookMs === undefined;
    const stale = nowMs - readMs >= READ_AGAIN_MS;
    if (!stale) called('DescribeSecret', nowMs);
    if (stale || moved) {
      called('GetSecretValue', nowMs);
      readMs = nowMs;
    }
    if (moved) tookMs = nowMs;
  }
}

test('ten thousand agents start within ten seconds, poll for three hours, and one secret of each rotates', { timeout: 300_000 }, () => {
  const random = generator(1);
  const perSecond: Record<Operation, Uint32Array> = { DescribeSecret: new Uint32Array(END_MS / 1_000 + 1), GetSecretValue: new Uint32Array(END_MS / 1_000 + 1) };
  const called = (operation: Operation, atMs: number): void => {
    const second = Math.floor(atMs / 1_000);
    perSecond[operation][second] = (perSecond[operation][second] ?? 0) + 1;
  };
  const took: number[] = [];
  for (let agent = 0; agent < AGENTS; agent += 1) {
    const startMs = random() * START_WITHIN_MS;
    for (let secret = 0; secret < SECRETS_EACH; secret += 1) {
      const atMs = live(startMs, random, secret === 0, called);
      if (atMs !== undefined) took.push(atMs - ROTATION_AT_MS);
    }
  }
  const peak = (operation: Operation, fromMs: number, toMs: number): number => Math.max(...perSecond[operation].subarray(fromMs / 1_000, toMs / 1_000));
  const windows = { 'mass start, first minute': [0, 60_000], 'the two hours after': [60_000, ROTATION_AT_MS], 'rotation, five minutes': [ROTATION_AT_MS, ROTATION_AT_MS + 300_000] } as const;
  const rows = Object.entries(windows).map(([what, [from, to]]) => [
    what,
    ...(Object.keys(QUOTA) as Operation[]).flatMap((operation) => {
      const calls = peak(operation, from, to);
      expect(calls, `${what}: ${operation}`).toBeLessThan(QUOTA[operation] / 2);
      return [String(calls), `${((100 * calls) / QUOTA[operation]).toFixed(1)} %`];
    }),
  ]);
  const share = (seconds: number): string => `${((100 * took.filter((ms) => ms <= seconds * 1_000).length) / AGENTS).toFixed(1)} %`;
  expect(took).toHaveLength(AGENTS);
  expect(Math.max(...took)).toBeLessThanOrEqual(72_000);
  process.stdout.write(`\npeak calls a second, ${AGENTS} agents with ${SECRETS_EACH} secrets each, simulated clock\n\n${markdown(['window', 'DescribeSecret', 'of quota', 'GetSecretValue', 'of quota'], rows)}\n`);
  process.stdout.write(`share of agents that hold the new version by polling alone\n\n${markdown(['after', ...[10, 30, 48, 60, 72].map((seconds) => `${seconds} s`)], [['share', ...[10, 30, 48, 60, 72].map(share)]])}\n`);
});
