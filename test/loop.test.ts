import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AgentError } from '../src/errors.ts';
import { reconcileForever } from '../src/loop.ts';
import type { Managed } from '../src/managed.ts';
import { SecretText } from '../src/material/secret-text.ts';
import { Reconciler } from '../src/reconcile.ts';
import { Triggers } from '../src/trigger/triggers.ts';
import { FakeClock, settle } from './fixtures/fake-clock.ts';
import { MemoryProver, MemorySink, MemorySource, boardOf, manifestSecret, recordLog, until } from './fixtures/pipeline.ts';
import { NOW, type Pki, type Side, VALID, createPki, createSide, identitySecret, trustSecret } from './fixtures/pki.ts';
import { revocationList } from './fixtures/revocation.ts';

let pki: Pki;
let renewed: Side;
beforeAll(async () => {
  pki = await createPki();
  renewed = await createSide('colorgateway');
});

const unavailable = new AgentError('source-unavailable', 'secrets manager does not answer');
const denied = new AgentError('access-denied', 'no permission');
const unresolved = new AgentError('reference-unresolved', 'nobody knows it');

/** A running loop over ports in memory; `random` is the middle, so a poll comes exactly at its interval. */
function start(settings: { identity?: MemorySource; trust?: MemorySource; pollMs?: number; random?: number; now?: Date; prove?: MemoryProver['answer'] } = {}) {
  const clock = new FakeClock(settings.now ?? NOW);
  const { log, events } = recordLog(clock);
  const identity = settings.identity ?? new MemorySource('secret:color/gateway', identitySecret(pki.gateway.leaf));
  const trust = settings.trust ?? new MemorySource('secret:color/trust', trustSecret(pki.teller.root), 3_600_000);
  const managed: Managed[] = [
    { secret: manifestSecret('identity', 'identity'), sources: [identity] },
    { secret: manifestSecret('trust', 'trust'), sources: [trust] },
  ];
  const [sink, prover, status, triggers, stop] = [new MemorySink(), new MemoryProver(), boardOf(managed), new Triggers(clock), new AbortController()];
  if (settings.prove !== undefined) prover.answer = settings.prove;
  const reconciler = new Reconciler(managed, { sink, prover, clock, log, status });
  const { pollMs, random = 0.5 } = settings;
  const ended = reconcileForever({ reconciler, managed, triggers, clock, random: () => random, log, status, deadlineMs: 60_000, pollMs }, stop.signal).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { clock, events, identity, trust, sink, prover, status, triggers, stop, ended };
}

let running: ReturnType<typeof start> | undefined;
const run = (settings: Parameters<typeof start>[0] = {}): ReturnType<typeof start> => (running = start(settings));
/** Every attempt has ended: nothing is under way but the loop's own sleep. */
const idle = ({ clock }: ReturnType<typeof start>): Promise<void> => until(() => clock.sleeps.length > 0);
/** Lets a look that is due finish. */
async function pass(now: ReturnType<typeof start>, ms: number): Promise<void> {
  await idle(now);
  await now.clock.advance(ms);
  await idle(now);
}
/** Runs until the loop has ended, in steps: work between two sleeps takes turns of the event loop and no time. */
async function toTheEnd(now: ReturnType<typeof start>): Promise<unknown> {
  const loop = { over: false };
  void now.ended.then(() => (loop.over = true));
  for (let step = 0; step < 2_000 && !loop.over; step += 1) {
    await until(() => loop.over || now.clock.sleeps.length > 0);
    await now.clock.advance(100);
  }
  return now.ended;
}

beforeEach(() => {
  running = undefined;
});
afterEach(async () => {
  running?.stop.abort(new Error('the test is over'));
  await running?.ended;
});

describe('the start', () => {
  it('retries with growing pauses until everything is there, and logs every failure at once', async () => {
    const now = run({ identity: new MemorySource('secret:color/gateway', denied), trust: new MemorySource('secret:color/trust', unavailable), random: 0 });
    await idle(now);
    expect(now.events.map(({ event, code }) => code ?? event)).toEqual(['access-denied', 'source-unavailable', 'retry']);
    expect(now.clock.sleeps).toEqual([125]);
    await pass(now, 125);
    expect(now.clock.sleeps).toEqual([250]);
    now.identity.put(identitySecret(pki.gateway.leaf));
    await pass(now, 250);
    expect(now.sink.published).toEqual([]);
    now.trust.put(trustSecret(pki.teller.root));
    await pass(now, 500);
    expect(now.sink.published).toHaveLength(1);
  });

  it('waits for a secret that is still a placeholder', async () => {
    const placeholder = identitySecret(pki.gateway.leaf, { Certificate: 'tempcert', CertificateChain: 'tempcert', PrivateKey: 'tempkey', Passphrase: 'temp' });
    const now = run({ identity: new MemorySource('secret:color/gateway', placeholder) });
    await idle(now);
    expect(now.events[0]).toMatchObject({ event: 'source-failed', code: 'source-placeholder' });
    now.identity.put(identitySecret(pki.gateway.leaf));
    await pass(now, 250);
    expect(now.sink.published).toHaveLength(1);
  });

  it.each([
    ['a service that stayed unreachable', unavailable, 69],
    ['access that stayed denied', denied, 77],
    ['material that stayed bad', new AgentError('key-mismatch', 'the key belongs to another certificate'), 65],
  ])('ends at the deadline with the exit code of %s', async (_, failure, exit) => {
    const now = run({ identity: new MemorySource('secret:color/gateway', failure) });
    expect(await toTheEnd(now)).toBe(failure);
    expect(failure.exitCode).toBe(exit);
    expect(now.clock.monotonicMs()).toBeGreaterThanOrEqual(60_000);
    expect(now.clock.monotonicMs()).toBeLessThan(60_500);
  });

  it('ends with the last cause, not with the first', async () => {
    const now = run({ identity: new MemorySource('secret:color/gateway', unavailable) });
    await pass(now, 30_000);
    now.identity.put(denied);
    expect(await toTheEnd(now)).toBe(denied);
  });

  it('ends at the deadline with the source that never answers at all', async () => {
    const silent = new MemorySource('secret:color/gateway', unavailable);
    silent.fetch = (signal?: AbortSignal) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason as Error));
      });
    const now = run({ identity: silent });
    await settle();
    await now.clock.advance(60_000);
    expect(await now.ended).toMatchObject({ code: 'source-unavailable', message: expect.stringContaining('the answer was not complete within') as string });
  });

  it.each([
    ['a reference that nobody can resolve', unresolved],
    ['a defect of ours', new TypeError('x is undefined')],
  ])('ends at once with %s, for no retry mends it', async (_, failure) => {
    const now = run({ identity: new MemorySource('secret:color/gateway', failure), trust: new MemorySource('secret:color/trust', unavailable) });
    expect(await now.ended).toMatchObject({ retryable: false });
    expect(now.clock.monotonicMs()).toBe(0);
  });

  it('goes on when the delivery was in time and only the proof is late', async () => {
    const now = run({
      prove: (_, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        }),
    });
    await until(() => now.prover.asked.length === 1);
    await now.clock.advance(60_000);
    now.prover.answer = () => Promise.resolve();
    await pass(now, 1_000);
    expect(now.prover.asked).toHaveLength(2);
    expect(now.status.current.secrets.map(({ stage }) => stage)).toEqual(['proven', 'proven']);
  });

  it('takes HUP as a reason to look again before the pause is over', async () => {
    const now = run({ identity: new MemorySource('secret:color/gateway', unavailable) });
    await idle(now);
    now.identity.put(identitySecret(pki.gateway.leaf));
    now.triggers.fire('hangup');
    await until(() => now.sink.published.length === 1);
    expect(now.clock.monotonicMs()).toBe(0);
  });
});

describe('afterwards', () => {
  it.each([
    [0, 48_000],
    [0.5, 60_000],
    [0.999, 71_976],
  ])('a source is asked at its own interval, ±20 %% (random %d: after %d ms)', async (random, afterMs) => {
    const now = run({ random });
    await idle(now);
    expect(now.clock.sleeps[0]).toBeCloseTo(afterMs, 3);
    await pass(now, afterMs + 1);
    // trust has an interval of its own
    expect([now.identity.fetches, now.trust.fetches]).toEqual([2, 1]);
  });

  it('MTLS_POLL is the interval of every source', async () => {
    const now = run({ pollMs: 5_000 });
    await pass(now, 5_000);
    expect([now.identity.fetches, now.trust.fetches]).toEqual([2, 2]);
  });

  it('a source that cannot change is not asked again', async () => {
    const identity = new MemorySource('env:IDENTITY', identitySecret(pki.gateway.leaf));
    Object.assign(identity, { pollMs: undefined });
    const now = run({ identity });
    await pass(now, 3_600_000);
    expect([now.identity.fetches, now.trust.fetches]).toEqual([1, 2]);
  });

  it('a proof that was late is looked for within a second, even of a source that cannot change', async () => {
    const identity = new MemorySource('env:IDENTITY', identitySecret(pki.gateway.leaf));
    Object.assign(identity, { pollMs: undefined });
    const now = run({ identity, prove: () => Promise.reject(new AgentError('proof-failed', 'not yet')) });
    await idle(now);
    now.prover.answer = () => Promise.resolve();
    await pass(now, 1_000);
    expect(now.status.current.secrets.map(({ stage }) => stage)).toEqual(['proven', 'proven']);
  });

  it('HUP looks at every source now (contract: signals)', async () => {
    const now = run();
    await idle(now);
    now.identity.put(identitySecret(renewed.leaf));
    now.triggers.fire('hangup');
    await until(() => now.sink.published.length === 2);
    expect(now.clock.monotonicMs()).toBe(0);
    expect([now.identity.fetches, now.trust.fetches]).toEqual([2, 2]);
  });

  it('what comes up during a look is one more look, however often it came', async () => {
    const now = run();
    await idle(now);
    now.triggers.fire('hangup');
    await until(() => now.identity.fetches === 2);
    for (let count = 0; count < 5; count += 1) now.triggers.fire('hangup');
    await until(() => now.identity.fetches === 3);
    await idle(now);
    expect(now.identity.fetches).toBe(3);
  });

  it('a source that fails is asked again within seconds, and the last good stays (promise 113)', async () => {
    const now = run();
    await idle(now);
    now.identity.put(unavailable);
    await pass(now, 60_000);
    expect(now.clock.sleeps[0]).toBeLessThanOrEqual(1_000);
    now.identity.put(identitySecret(renewed.leaf));
    await pass(now, 1_000);
    expect(now.sink.published.map(({ number }) => number)).toEqual([1, 2]);
    expect(now.clock.sleeps[0]).toBe(60_000);
  });

  it('ends with the reason of the signal, and leaves nothing asleep', async () => {
    const now = run();
    await idle(now);
    const reason = new Error('SIGTERM');
    now.stop.abort(reason);
    expect(await now.ended).toBe(reason);
    expect(now.clock.sleeps).toEqual([]);
  });

  it('says until when it may be silent, so that a stuck loop is seen', async () => {
    const now = run();
    await idle(now);
    expect(now.status.current.silentUntilMs).toBe(60_000 + 120_000);
    await pass(now, 60_000);
    expect(now.status.current.silentUntilMs).toBe(60_000 + 60_000 + 120_000);
  });

  it('looks more often before a certificate ends, however rare the polls (promise 120)', async () => {
    const [hour, day] = [3_600_000, 86_400_000];
    const now = run({ pollMs: 10_000 * hour, now: new Date(VALID.notAfter.getTime() - 30 * day - 2 * hour) });
    await idle(now);
    expect(now.clock.sleeps).toEqual([2 * hour]);
    await pass(now, 2 * hour);
    expect([now.identity.fetches, now.trust.fetches]).toEqual([2, 2]);
    // a day and a half until the next look, of which the loop sleeps a day at a time
    expect(now.clock.sleeps).toEqual([day]);
    for (let slept = 0; slept < 30; slept += 1) await pass(now, day);
    // expired, and its successor not there yet: the backoff's pace
    expect(Math.max(...now.clock.sleeps)).toBeLessThanOrEqual(20_000);
    expect(now.identity.fetches).toBeGreaterThan(20);
  });

  it('looks more often before a revocation list ends, too', async () => {
    const [hour, day] = [3_600_000, 86_400_000];
    const list = await revocationList(pki.teller.root, { thisUpdate: NOW, nextUpdate: new Date(NOW.getTime() + 6 * day) });
    const trust = new MemorySource('secret:color/trust', new SecretText(JSON.stringify({ TrustBundle: pki.teller.root.certificatePem + list })));
    const now = run({ pollMs: 10_000 * hour, trust });
    await idle(now);
    for (let slept = 0; slept < 3; slept += 1) await pass(now, day);
    const { fetches } = now.trust;
    expect(fetches).toBe(1);
    await pass(now, day);
    expect(now.trust.fetches).toBeGreaterThan(fetches);
    expect(now.identity.fetches).toBe(1);
  });

  it('a notice that is lost, doubled, early or late never matters for more than one poll', async () => {
    const now = run();
    await idle(now);
    const held = (): unknown => now.sink.published.at(-1)?.materials.get('identity')?.sourceVersion;
    const leaves = [pki.gateway.leaf, renewed.leaf];
    // when the notices of a change come, in seconds after it
    const fates: readonly (readonly number[])[] = [[], [1], [1, 1, 2], [-1], [45], [-1, 90], [], []];
    for (const [index, seconds] of fates.entries()) {
      const changeAt = now.clock.monotonicMs() + 2_000;
      let told = false;
      for (let second = 0; second < 64; second += 1) {
        if (now.clock.monotonicMs() === changeAt) now.identity.put(identitySecret(leaves[(index + 1) % 2]!));
        for (const offset of seconds) {
          if (now.clock.monotonicMs() !== changeAt + offset * 1_000) continue;
          now.triggers.fire('notice');
          told ||= offset >= 0;
        }
        await pass(now, 1_000);
        if (told) expect(held(), `change ${index}, told`).toBe(now.identity.currentVersion);
      }
      expect(held(), `change ${index}, a poll later`).toBe(now.identity.currentVersion);
    }
    expect(now.sink.published).toHaveLength(1 + fates.length);
  });

  it('offers what Envoy refused once more when an operator sends HUP, and not by itself', async () => {
    const now = run();
    await idle(now);
    now.sink.answer = ({ number }) => (number === 1 ? Promise.resolve() : Promise.reject(new AgentError('delivery-refused', 'bad', { secret: 'identity' })));
    now.identity.put(identitySecret(renewed.leaf));
    for (let look = 0; look < 5; look += 1) await pass(now, 60_000);
    const offers = (): number => now.sink.published.filter(({ number }) => number > 1).length;
    expect(offers()).toBe(1);
    now.triggers.fire('hangup');
    await pass(now, 1);
    expect(offers()).toBe(2);
    for (let look = 0; look < 5; look += 1) await pass(now, 60_000);
    expect(offers()).toBe(2);
  });
});
