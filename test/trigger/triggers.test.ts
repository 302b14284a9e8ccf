import { describe, expect, it } from 'vitest';
import { Triggers } from '../../src/trigger/triggers.ts';
import { FakeClock, settle } from '../fixtures/fake-clock.ts';

const never = new AbortController().signal;

describe('triggers', () => {
  it('give the timer as the reason when nothing else comes up', async () => {
    const clock = new FakeClock();
    const next = new Triggers(clock).next(60_000, never);
    await clock.advance(59_999);
    expect(clock.sleeps).toEqual([1]);
    await clock.advance(1);
    expect([...(await next)]).toEqual(['timer']);
  });

  it('wake the waiter at once, and leave no sleep behind', async () => {
    const clock = new FakeClock();
    const triggers = new Triggers(clock);
    const next = triggers.next(60_000, never);
    await settle();
    triggers.fire('hangup');
    expect([...(await next)]).toEqual(['hangup']);
    await settle();
    expect(clock.sleeps).toEqual([]);
  });

  it('are merged while nobody waits: many become one look', async () => {
    const clock = new FakeClock();
    const triggers = new Triggers(clock);
    for (let count = 0; count < 100; count += 1) triggers.fire('hangup');
    triggers.fire('refused');
    expect([...(await triggers.next(60_000, never))]).toEqual(['hangup', 'refused']);
    void triggers.next(60_000, never);
    expect(clock.sleeps).toEqual([60_000]);
  });

  it("end with the signal's reason, whether it came before or in between", async () => {
    const clock = new FakeClock();
    const triggers = new Triggers(clock);
    const stop = new AbortController();
    const next = triggers.next(60_000, stop.signal);
    const reason = new Error('SIGTERM');
    stop.abort(reason);
    await expect(next).rejects.toBe(reason);
    await expect(triggers.next(60_000, stop.signal)).rejects.toBe(reason);
    expect(clock.sleeps).toEqual([]);
  });
});
