import { describe, expect, it } from 'vitest';
import { expiryDelayMs, longestWaitMs, pollDelayMs, startRetryMs } from '../src/schedule.ts';

/** The ends of [0, 1) and its middle. */
const [LOW, MIDDLE, HIGH] = [0, 0.5, 0.999_999];

describe('a poll', () => {
  it('comes within ±20 % of its interval, so that a fleet does not ask in step', () => {
    expect(pollDelayMs(60_000, 0, LOW)).toBe(48_000);
    expect(pollDelayMs(60_000, 0, MIDDLE)).toBe(60_000);
    expect(pollDelayMs(60_000, 0, HIGH)).toBeCloseTo(72_000, 0);
  });

  it('comes sooner after a failure, and never later than without one', () => {
    expect(pollDelayMs(3_600_000, 1, MIDDLE)).toBeLessThan(1_000);
    for (let failures = 1; failures < 40; failures += 1) {
      expect(pollDelayMs(3_600_000, failures, HIGH)).toBeLessThanOrEqual(20_000);
      expect(pollDelayMs(2_000, failures, HIGH)).toBeLessThanOrEqual(pollDelayMs(2_000, 0, HIGH));
    }
  });

  it('never comes of a source that cannot change, a failure aside', () => {
    expect(pollDelayMs(Number.POSITIVE_INFINITY, 0, LOW)).toBe(Number.POSITIVE_INFINITY);
    expect(pollDelayMs(Number.POSITIVE_INFINITY, 1, LOW)).toBe(500);
  });
});

describe('a retry of the start', () => {
  it('backs off from an eighth of a second to five', () => {
    expect([1, 2, 3, 4, 5, 6, 7].map((failures) => startRetryMs(failures, LOW))).toEqual([125, 250, 500, 1000, 2000, 2500, 2500]);
    expect(startRetryMs(1000, HIGH)).toBeLessThanOrEqual(5_000);
  });

  it('is spread over the upper half of its ceiling', () => {
    expect(startRetryMs(3, LOW)).toBe(500);
    expect(startRetryMs(3, MIDDLE)).toBe(750);
    expect(startRetryMs(3, HIGH)).toBeCloseTo(1_000, 0);
  });
});

it('wakes at least once a day, which a timer can hold', () => {
  expect(longestWaitMs).toBe(24 * 60 * 60 * 1000);
  expect(longestWaitMs).toBeLessThan(2 ** 31);
});

describe('the age of a certificate is a reason to look (promise 120)', () => {
  const DAY = 86_400_000;
  const year = { notBeforeMs: 0, notAfterMs: 395 * DAY };
  const week = { notBeforeMs: 0, notAfterMs: 7 * DAY };
  const fourHours = { notBeforeMs: 0, notAfterMs: DAY / 6 };

  it('30 days before the end of a long one, a third of its lifetime before that of a short one', () => {
    expect(expiryDelayMs(year, 0)).toBe(365 * DAY);
    expect(expiryDelayMs(week, 0)).toBeCloseTo((14 / 3) * DAY);
    expect(expiryDelayMs(fourHours, 0)).toBeCloseTo(DAY / 9);
  });

  it('from then on twenty times, and at the moment of its end', () => {
    expect(expiryDelayMs(year, 370 * DAY)).toBe(1.5 * DAY);
    expect(expiryDelayMs(fourHours, DAY / 8)).toBeCloseTo(DAY / 360);
    expect(expiryDelayMs(fourHours, DAY / 6 - 1_000)).toBe(1_000);
  });

  it('at once when it has expired', () => {
    expect(expiryDelayMs(week, 8 * DAY)).toBe(0);
  });
});
