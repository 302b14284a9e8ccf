import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AgentError } from '../src/errors.ts';
import type { Generation } from '../src/generation/generation.ts';
import type { Managed } from '../src/managed.ts';
import { factsOf, parseCertificates } from '../src/material/certificate.ts';
import { Reconciler } from '../src/reconcile.ts';
import { FakeClock } from './fixtures/fake-clock.ts';
import { type LogEvent, MemoryProver, MemorySink, MemorySource, boardOf, manifestSecret, recordLog, secretStatus, until } from './fixtures/pipeline.ts';
import { NOW, type Pki, type Side, createPki, createSide, identitySecret, plainKeyPem, trustSecret } from './fixtures/pki.ts';

let pki: Pki;
let renewed: Side;
beforeAll(async () => {
  pki = await createPki();
  renewed = await createSide('colorgateway');
});

const all = new Set(['identity', 'trust']);
const unavailable = new AgentError('source-unavailable', 'secrets manager does not answer');

/** ColorGateway's agent with its ports in memory. */
function house() {
  const clock = new FakeClock(NOW);
  const { log, events } = recordLog(clock);
  const identity = new MemorySource('secret:color/gateway', identitySecret(pki.gateway.leaf));
  const trust = new MemorySource('secret:color/trust', trustSecret(pki.teller.root));
  const managed: Managed[] = [
    { secret: manifestSecret('identity', 'identity'), sources: [identity] },
    { secret: manifestSecret('trust', 'trust'), sources: [trust] },
  ];
  const [sink, prover, status] = [new MemorySink(), new MemoryProver(), boardOf(managed)];
  const reconciler = new Reconciler(managed, { sink, prover, clock, log, status });
  return { clock, events, identity, trust, sink, prover, status, reconciler };
}

let now: ReturnType<typeof house>;
beforeEach(() => {
  now = house();
});

const attempt = (names: ReadonlySet<string> = all): ReturnType<Reconciler['attempt']> => now.reconciler.attempt(names, new AbortController().signal);
const numbers = (generations: readonly Generation[]): number[] => generations.map(({ number }) => number);
const serialOf = (generation: Generation | undefined): string | undefined => {
  const material = generation?.materials.get('identity');
  return material?.kind === 'identity' ? material.leaf.serial : undefined;
};
const serialIn = ({ leaf }: Side): string => factsOf(parseCertificates(leaf.certificatePem, 'the leaf')[0]!).serial;
const eventsOf = (...names: string[]): LogEvent[] => now.events.filter(({ event }) => names.includes(event));
/** Envoy's NACK, of the generations after the first. */
const refuseLater =
  (secret: string) =>
  ({ number, materials }: Generation): Promise<void> =>
    number > 1 && serialOf({ number, materials }) !== serialOf(now.sink.published[0])
      ? Promise.reject(new AgentError('delivery-refused', `Envoy refused the secret ${secret}: bad`, { secret }))
      : Promise.resolve();

it('proves again, and publishes nothing, when what was proven is in doubt', async () => {
  await attempt();
  now.reconciler.doubt();
  expect(await attempt()).toEqual({ failures: [], complete: true });
  expect([now.sink.published.length, now.prover.asked.length]).toEqual([1, 2]);
});

describe('the first delivery', () => {
  it('publishes everything as one generation, and proves it', async () => {
    expect(await attempt()).toEqual({ failures: [], complete: true });
    expect(now.sink.published).toHaveLength(1);
    expect([...now.sink.published[0]!.materials.keys()]).toEqual(['identity', 'trust']);
    expect(now.prover.asked).toEqual(now.sink.published);
    expect(secretStatus(now.status, 'identity')).toMatchObject({ stage: 'proven', sourceVersion: 'v1' });
    expect(eventsOf('delivered', 'proven').map(({ event }) => event)).toEqual(['delivered', 'proven']);
  });

  it('waits until everything is there: half of it is never offered', async () => {
    now.trust.put(unavailable);
    expect(await attempt()).toMatchObject({ failures: [{ code: 'source-unavailable' }], complete: false });
    expect(now.sink.published).toEqual([]);
    now.trust.put(trustSecret(pki.teller.root));
    expect(await attempt()).toMatchObject({ complete: true });
  });

  it('reports every failure at once, each with its secret and its source', async () => {
    now.identity.put(new AgentError('access-denied', 'no permission'));
    now.trust.put(unavailable);
    const { failures } = await attempt();
    expect(failures.map(({ code }) => code)).toEqual(['access-denied', 'source-unavailable']);
    expect(eventsOf('source-failed').map(({ secret, source, code }) => [secret, source, code])).toEqual([
      ['identity', 'secret:color/gateway', 'access-denied'],
      ['trust', 'secret:color/trust', 'source-unavailable'],
    ]);
    expect(secretStatus(now.status, 'trust')).toMatchObject({ stage: 'missing', problem: { code: 'source-unavailable' } });
  });

  it('never offers a key that belongs to another certificate (promises 66, 71)', async () => {
    now.identity.put(identitySecret(pki.gateway.leaf, { PrivateKey: plainKeyPem(renewed.leaf.key) }));
    expect((await attempt()).failures).toMatchObject([{ code: 'key-mismatch' }]);
    expect(now.sink.published).toEqual([]);
  });

  it('goes to the sink even where nothing is needed, for a sink may have to start Envoy', async () => {
    const { clock, status, sink, prover } = now;
    const reconciler = new Reconciler([], { sink, prover, clock, log: recordLog(clock).log, status });
    expect(await reconciler.attempt(new Set(), new AbortController().signal)).toEqual({ failures: [], complete: true });
    expect(sink.published).toHaveLength(1);
    expect(prover.asked).toHaveLength(1);
  });
});

describe('a later look', () => {
  beforeEach(() => attempt());

  it('publishes nothing when the material is the same, whatever version the source gives it', async () => {
    now.identity.put(identitySecret(pki.gateway.leaf));
    expect(await attempt()).toEqual({ failures: [], complete: true });
    expect(numbers(now.sink.published)).toEqual([1]);
    expect(numbers(now.prover.asked)).toEqual([1]);
  });

  it('asks only the sources it was told to ask', async () => {
    await attempt(new Set(['trust']));
    expect([now.identity.fetches, now.trust.fetches]).toEqual([1, 2]);
  });

  it('brings a renewed certificate with its own key as the next generation (promises 66, 119)', async () => {
    now.identity.put(identitySecret(renewed.leaf));
    expect(await attempt()).toMatchObject({ complete: true });
    expect(numbers(now.sink.published)).toEqual([1, 2]);
    expect(serialOf(now.reconciler.held)).toBe(serialIn(renewed));
    expect(eventsOf('delivered')[1]).toMatchObject({ generation: 2, secrets: [{ name: 'identity', version: 'v2', serial: serialIn(renewed) }] });
  });

  it('keeps the last good material of a source that turns bad (promises 71, 113)', async () => {
    now.identity.put(identitySecret(renewed.leaf, { PrivateKey: plainKeyPem(pki.gateway.leaf.key) }));
    expect((await attempt()).failures).toMatchObject([{ code: 'key-mismatch' }]);
    expect(numbers(now.sink.published)).toEqual([1]);
    expect(serialOf(now.reconciler.held)).toBe(serialIn(pki.gateway));
    expect(secretStatus(now.status, 'identity')).toMatchObject({ stage: 'proven', problem: { code: 'key-mismatch' } });
  });

  it('lets a bad identity hold back no change of trust', async () => {
    now.identity.put(unavailable);
    now.trust.put(trustSecret(pki.teller.root, pki.gateway.root));
    expect(await attempt()).toMatchObject({ failures: [{ code: 'source-unavailable' }], complete: false });
    expect(numbers(now.sink.published)).toEqual([1, 2]);
    expect(now.reconciler.held?.materials.get('trust')).toMatchObject({ anchors: [{ subject: 'CN=colorteller root' }, { subject: 'CN=colorgateway root' }] });
  });

  it('forgets a problem when the source is well again', async () => {
    now.identity.put(unavailable);
    await attempt();
    now.identity.put(identitySecret(pki.gateway.leaf));
    await attempt();
    expect(secretStatus(now.status, 'identity').problem).toBeUndefined();
  });

  it('survives a defect of ours: what is held stays in force', async () => {
    now.identity.put(new TypeError('x is undefined'));
    expect((await attempt()).failures).toMatchObject([{ code: 'bug' }]);
    expect(serialOf(now.reconciler.held)).toBe(serialIn(pki.gateway));
  });
});

describe('a refusal by Envoy', () => {
  beforeEach(async () => {
    await attempt();
    now.sink.answer = refuseLater('identity');
    now.identity.put(identitySecret(renewed.leaf));
  });

  it('goes back to the last good generation, and names the secret', async () => {
    expect((await attempt()).failures).toMatchObject([{ code: 'delivery-refused', secret: 'identity', message: expect.stringContaining('identity') as string }]);
    expect(numbers(now.sink.published)).toEqual([1, 2, 1]);
    expect(now.sink.published[2]).toBe(now.sink.published[0]);
    expect(serialOf(now.reconciler.held)).toBe(serialIn(pki.gateway));
    expect(eventsOf('went-back')).toMatchObject([{ level: 'warn', generation: 1, instead: 2 }]);
    expect(secretStatus(now.status, 'identity')).toMatchObject({ stage: 'proven', problem: { code: 'delivery-refused' } });
    expect(secretStatus(now.status, 'trust').problem).toBeUndefined();
  });

  it('proves what it went back to', async () => {
    await attempt();
    expect(numbers(now.prover.asked)).toEqual([1, 1]);
  });

  it('does not offer the refused material again until the source holds something else', async () => {
    await attempt();
    expect((await attempt()).failures).toMatchObject([{ code: 'delivery-refused', message: 'the source still holds what Envoy refused for identity' }]);
    expect(numbers(now.sink.published)).toEqual([1, 2, 1]);
    const better = await createSide('colorgateway');
    now.sink.answer = () => Promise.resolve();
    now.identity.put(identitySecret(better.leaf));
    expect(await attempt()).toMatchObject({ complete: true });
    expect(serialOf(now.reconciler.held)).toBe(serialIn(better));
  });

  it('holds back no change of the other secrets', async () => {
    await attempt();
    now.trust.put(trustSecret(pki.teller.root, pki.gateway.root));
    await attempt();
    expect(now.reconciler.held?.materials.get('trust')).toMatchObject({ anchors: [{}, {}] });
    expect(serialOf(now.reconciler.held)).toBe(serialIn(pki.gateway));
  });

  it('keeps the agent alive when even the way back is refused, and tries again with the next look', async () => {
    now.sink.answer = () => Promise.reject(new AgentError('delivery-refused', 'Envoy refused the secret trust: bad', { secret: 'trust' }));
    expect((await attempt()).failures).toHaveLength(2);
    expect(eventsOf('going-back-failed')).toHaveLength(1);
    // trust did not change, so the identity that came with it is to blame
    expect(secretStatus(now.status, 'identity').problem).toMatchObject({ code: 'delivery-refused' });
    expect(secretStatus(now.status, 'trust').stage).toBe('delivered');
    now.sink.answer = () => Promise.resolve();
    now.identity.put(identitySecret(pki.gateway.leaf));
    expect(await attempt()).toMatchObject({ complete: true });
    expect(serialOf(now.sink.published.at(-1))).toBe(serialIn(pki.gateway));
    expect(secretStatus(now.status, 'trust').stage).toBe('proven');
  });
});

describe('an Envoy that does not answer', () => {
  const silent = (_: Generation, signal: AbortSignal): Promise<void> =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    });

  it('is given 30 seconds; then the last good material counts as held, and the offer stands', async () => {
    await attempt();
    now.sink.answer = silent;
    now.identity.put(identitySecret(renewed.leaf));
    const outcome = attempt();
    await until(() => now.sink.published.length === 2);
    await now.clock.advance(30_000);
    expect((await outcome).failures).toMatchObject([{ code: 'delivery-unacknowledged', message: 'envoy did not acknowledge identity within 30 s' }]);
    expect(numbers(now.sink.published)).toEqual([1, 2]);
    expect(serialOf(now.reconciler.held)).toBe(serialIn(pki.gateway));
  });

  it('is offered the held material again when the source goes back meanwhile', async () => {
    await attempt();
    now.sink.answer = silent;
    now.identity.put(identitySecret(renewed.leaf));
    const outcome = attempt();
    await until(() => now.sink.published.length === 2);
    await now.clock.advance(30_000);
    await outcome;
    now.sink.answer = () => Promise.resolve();
    now.identity.put(identitySecret(pki.gateway.leaf));
    expect(await attempt()).toMatchObject({ complete: true });
    expect(serialOf(now.sink.published.at(-1))).toBe(serialIn(pki.gateway));
  });
});

it('a proof that is late is looked for again with the next attempt, of whatever secret', async () => {
  now.prover.answer = () => Promise.reject(new AgentError('envoy-not-live', 'envoy is not LIVE after 10 s'));
  expect(await attempt()).toMatchObject({ failures: [{ code: 'envoy-not-live' }], complete: false });
  expect(secretStatus(now.status, 'identity').stage).toBe('delivered');
  now.prover.answer = () => Promise.resolve();
  expect(await attempt(new Set())).toEqual({ failures: [], complete: true });
  expect(numbers(now.sink.published)).toEqual([1]);
  expect(eventsOf('delivered')).toHaveLength(1);
  expect(secretStatus(now.status, 'identity').stage).toBe('proven');
});

it('waits 20 seconds for an answer that never ends', async () => {
  await attempt();
  let asked = false;
  now.trust.fetch = (signal?: AbortSignal) =>
    new Promise((_resolve, reject) => {
      asked = true;
      signal?.addEventListener('abort', () => reject(signal.reason as Error));
    });
  const outcome = attempt(new Set(['trust']));
  await until(() => asked);
  await now.clock.advance(20_000);
  expect((await outcome).failures).toMatchObject([{ code: 'source-unavailable', message: 'the answer was not complete within 20 s' }]);
});

it('rejects when it is told to stop, and blames nobody', async () => {
  const stop = new AbortController();
  now.sink.answer = (_, signal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
  const stopped = now.reconciler.attempt(all, stop.signal);
  await until(() => now.sink.published.length === 1);
  stop.abort(new Error('SIGTERM'));
  await expect(stopped).rejects.toThrow('SIGTERM');
  expect(now.events).toEqual([]);
});
