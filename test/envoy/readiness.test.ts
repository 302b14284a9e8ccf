import { describe, expect, it } from 'vitest';
import type { EnvoyAdmin } from '../../src/envoy/admin.ts';
import { envoyAdmin } from '../../src/envoy/admin.ts';
import { awaitLive } from '../../src/envoy/readiness.ts';
import { AgentError } from '../../src/errors.ts';
import { startFakeAdmin } from '../fixtures/fake-admin.ts';
import { FakeClock } from '../fixtures/fake-clock.ts';
import { until } from '../fixtures/pipeline.ts';
import { systemClock } from '../../src/clock.ts';

const never = new AbortController().signal;

/** An admin that answers in turn, the last answer for ever; counts how often it was asked. */
function saying(...answers: (Awaited<ReturnType<EnvoyAdmin['state']>> | Error)[]): EnvoyAdmin & { asked: number } {
  const admin = {
    address: 'unix:envoy-admin.sock',
    asked: 0,
    get: () => Promise.reject(new Error('not asked for')),
    post: () => Promise.reject(new Error('not asked for')),
    state() {
      const answer = answers[Math.min(admin.asked, answers.length - 1)]!;
      admin.asked += 1;
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
  return admin;
}

describe('waiting for Envoy', () => {
  it('ends as soon as it says LIVE, whatever came before', async () => {
    const clock = new FakeClock();
    const admin = saying(new AgentError('envoy-unreachable', 'no socket yet'), 'PRE_INITIALIZING', 'INITIALIZING', 'LIVE');
    const live = awaitLive(admin, clock, never);
    await clock.advance(30);
    await live;
    expect(admin.asked).toBe(4);
    expect(clock.sleeps).toEqual([]);
  });

  it.each([
    ['DRAINING' as const, 'DRAINING'],
    [new AgentError('envoy-unreachable', 'no socket'), 'no socket'],
  ])('gives up after 10 s and tells what was said last', async (answer, said) => {
    const clock = new FakeClock();
    const live = awaitLive(saying(answer), clock, never);
    const ended = expect(live).rejects.toMatchObject({ code: 'envoy-not-live', message: `envoy is not LIVE after 10 s, its admin said: ${said}` });
    await clock.advance(10_000);
    await ended;
  });

  it("ends with the signal's reason", async () => {
    const clock = new FakeClock();
    const stop = new AbortController();
    const live = awaitLive(saying('INITIALIZING'), clock, stop.signal);
    await until(() => clock.sleeps.length === 1);
    const reason = new Error('SIGTERM');
    stop.abort(reason);
    await expect(live).rejects.toBe(reason);
  });

  it('speaks to a real admin socket', async () => {
    const admin = await startFakeAdmin({ 'GET /ready': 'LIVE\n' });
    await awaitLive(envoyAdmin(admin.address), systemClock, never);
    expect(admin.asked).toEqual(['GET /ready']);
  });
});
