import { describe, expect, it } from 'vitest';
import { systemClock } from '../src/clock.ts';

// the one place where real time passes in a unit test: milliseconds
describe('the machine\'s clock', () => {
  it('sleeps at least as long as asked, by its own measure', async () => {
    const before = systemClock.monotonicMs();
    await systemClock.sleep(20);
    // Node's timers count whole milliseconds
    expect(systemClock.monotonicMs() - before).toBeGreaterThanOrEqual(19);
  });

  it("wakes a sleeper with the signal's reason, at once when it has aborted before", async () => {
    const stop = new AbortController();
    const reason = new Error('SIGTERM');
    const sleeping = systemClock.sleep(60_000, stop.signal);
    stop.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
    await expect(systemClock.sleep(60_000, stop.signal)).rejects.toBe(reason);
  });

  it('rejects with an error even where the reason is none', async () => {
    await expect(systemClock.sleep(60_000, AbortSignal.abort('why'))).rejects.toMatchObject({ message: 'aborted', cause: 'why' });
  });

  it('aborts a deadline with its reason', async () => {
    const reason = new Error('too late');
    const limit = systemClock.deadline(5, reason);
    expect(limit.aborted).toBe(false);
    await systemClock.sleep(20);
    expect(limit.reason).toBe(reason);
  });

  it("aborts a deadline with its parent's reason when that comes first, or came before", () => {
    const parent = new AbortController();
    const limit = systemClock.deadline(60_000, new Error('too late'), parent.signal);
    const reason = new Error('SIGTERM');
    parent.abort(reason);
    expect(limit.reason).toBe(reason);
    expect(systemClock.deadline(60_000, new Error('too late'), parent.signal).reason).toBe(reason);
  });

  it('takes any number of deadlines on one parent without a warning', async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error): void => void warnings.push(warning);
    process.on('warning', listen);
    const parent = new AbortController();
    for (let count = 0; count < 50; count += 1) systemClock.deadline(60_000, new Error('too late'), parent.signal);
    await systemClock.sleep(1);
    process.off('warning', listen);
    parent.abort();
    expect(warnings).toEqual([]);
  });

  it('tells the wall clock', () => {
    expect(systemClock.now().getUTCFullYear()).toBeGreaterThanOrEqual(2025);
  });
});
