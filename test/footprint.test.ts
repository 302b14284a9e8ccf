import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { releaseLater, releaseMemory } from '../src/footprint.ts';
import { FakeClock } from './fixtures/fake-clock.ts';

/** In a function of its own, whose frame holds nothing once it has returned. */
function forgotten(): WeakRef<object> {
  return new WeakRef({ of: 'nobody' });
}

it('gives back what nobody holds any more, and nothing else', async () => {
  const held = { of: 'somebody' };
  const [lost, kept] = [forgotten(), new WeakRef(held)];
  // within this turn a weak reference holds what it refers to
  await turn();
  releaseMemory();
  expect([lost.deref(), kept.deref()]).toEqual([undefined, held]);
});

it('is called twice some seconds after a burst, and again after the next one', async () => {
  const clock = new FakeClock();
  let releases = 0;
  const request = releaseLater(() => (releases += 1), clock, new AbortController().signal);
  for (let rotation = 0; rotation < 100; rotation += 1) request();
  await clock.advance(2_999);
  expect(releases).toBe(0);
  await clock.advance(501);
  expect(releases).toBe(2);
  request();
  await clock.advance(10_000);
  expect(releases).toBe(4);
});

it('is not called any more when the agent ends', async () => {
  const clock = new FakeClock();
  const over = new AbortController();
  releaseLater(() => expect.unreachable(), clock, over.signal)();
  over.abort(new Error('stop'));
  await clock.advance(10_000);
});
