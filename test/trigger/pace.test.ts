import { expect, it } from 'vitest';
import { Pace } from '../../src/trigger/pace.ts';
import { FakeClock } from '../fixtures/fake-clock.ts';
import { NOW } from '../fixtures/pki.ts';

function start() {
  const clock = new FakeClock(NOW);
  const stop = new AbortController();
  const fired: number[] = [];
  const pace = new Pace(() => fired.push(clock.monotonicMs()), clock, stop.signal);
  return { clock, stop, fired, pace };
}

it('lets a burst of five through at once', () => {
  const { fired, pace } = start();
  for (let request = 0; request < 5; request += 1) pace.request();
  expect(fired).toEqual([0, 0, 0, 0, 0]);
});

it('then fires once a second, however many requests there are', async () => {
  const { clock, fired, pace } = start();
  for (let second = 0; second < 10; second += 1) {
    for (let request = 0; request < 1_000; request += 1) pace.request();
    await clock.advance(1_000);
  }
  expect(fired).toHaveLength(5 + 10);
});

it('never loses the last request: it is answered when its turn comes', async () => {
  const { clock, fired, pace } = start();
  for (let request = 0; request < 6; request += 1) pace.request();
  expect(fired).toHaveLength(5);
  await clock.advance(1_000);
  expect(fired).toEqual([0, 0, 0, 0, 0, 1_000]);
  await clock.advance(10_000);
  expect(fired).toHaveLength(6);
});

it('has its burst again after a rest, and not more', async () => {
  const { clock, fired, pace } = start();
  for (let request = 0; request < 5; request += 1) pace.request();
  await clock.advance(3_600_000);
  for (let request = 0; request < 9; request += 1) pace.request();
  expect(fired).toHaveLength(10);
});

it('fires no more once the signal has aborted', async () => {
  const { clock, stop, fired, pace } = start();
  for (let request = 0; request < 6; request += 1) pace.request();
  stop.abort(new Error('over'));
  await clock.advance(10_000);
  expect(fired).toHaveLength(5);
});
