import { expect, test } from 'vitest';
import { Crashes } from '../../src/envoy/crashes.ts';

test('delays grow from the time that Envoy takes to start', () => {
  const crashes = new Crashes();
  expect([0, 1_000, 2_000, 3_000].map((nowMs) => crashes.count(nowMs, 0))).toEqual([50, 100, 200, 400]);
});

test('the jitter spreads a restart over half of its delay', () => {
  expect([0, 0.5, 1].map((random) => new Crashes().count(0, random))).toEqual([50, 75, 100]);
});

test('the fifth crash within a minute is one too many', () => {
  const crashes = new Crashes();
  for (const nowMs of [0, 10_000, 20_000, 30_000]) expect(crashes.count(nowMs, 0)).toBeDefined();
  expect(crashes.count(59_999, 0)).toBeUndefined();
});

test('a crash is forgotten after a minute, and with it its delay', () => {
  const crashes = new Crashes();
  for (const nowMs of [0, 10_000, 20_000, 30_000]) crashes.count(nowMs, 0);
  expect(crashes.count(60_000, 0)).toBe(400);
  expect(crashes.count(200_000, 0)).toBe(50);
});
