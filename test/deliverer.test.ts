import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Deliverer } from '../src/deliverer.ts';
import { AgentError } from '../src/errors.ts';
import { type Generation, succeed } from '../src/generation/generation.ts';
import { parseIdentity } from '../src/material/identity.ts';
import type { Material } from '../src/material/material.ts';
import { parseTrust } from '../src/material/trust.ts';
import { FakeClock } from './fixtures/fake-clock.ts';
import { MemoryProver, MemorySink, boardOf, manifestSecret, recordLog, secretStatus } from './fixtures/pipeline.ts';
import { NOW, type Pki, createPki, createSide, identitySecret, trustSecret } from './fixtures/pki.ts';

const never = new AbortController().signal;
const refusal = (secret: string): AgentError => new AgentError('delivery-refused', `Envoy refused the secret ${secret}: bad`, { secret });
const unproven = new AgentError('proof-failed', 'envoy does not show what was published');

let pki: Pki;
const material: Record<'identity' | 'renewed' | 'oldTrust' | 'bothTrust' | 'newTrust', Material> = {} as never;
beforeAll(async () => {
  pki = await createPki();
  const renewed = await createSide('colorgateway');
  const expectations = { roles: ['client'], names: [], now: NOW } as const;
  material.identity = await parseIdentity({ version: 'i1', text: identitySecret(pki.gateway.leaf) }, expectations);
  material.renewed = await parseIdentity({ version: 'i2', text: identitySecret(renewed.leaf) }, expectations);
  material.oldTrust = parseTrust([{ version: 't1', text: trustSecret(pki.teller.root) }], NOW);
  material.bothTrust = parseTrust([{ version: 't2', text: trustSecret(pki.teller.root, pki.gateway.root) }], NOW);
  material.newTrust = parseTrust([{ version: 't3', text: trustSecret(pki.gateway.root) }], NOW);
});

let now: ReturnType<typeof start>;
function start() {
  const clock = new FakeClock(NOW);
  const { log, events } = recordLog(clock);
  const [sink, prover, status] = [new MemorySink(), new MemoryProver(), boardOf([manifestSecret('identity', 'identity'), manifestSecret('trust', 'trust')].map((secret) => ({ secret, sources: [] })))];
  const deliverer = new Deliverer({ sink, prover, clock, log, status });
  const deliver = (changes: Readonly<Record<string, Material>>) => deliverer.deliver(succeed(deliverer.held, new Map(Object.entries(changes))), clock.monotonicMs(), never);
  return { sink, prover, status, events, deliverer, deliver };
}
beforeEach(async () => {
  now = start();
  expect(await now.deliver({ identity: material.identity, trust: material.oldTrust })).toEqual([]);
});

const versions = (generation: Generation | undefined): (string | undefined)[] => ['identity', 'trust'].map((name) => generation?.materials.get(name)?.sourceVersion);
const published = (): unknown[] => now.sink.published.map(versions);
/** Refuses whatever has this version of this secret. */
const refuse = (name: string, version: string, error = refusal(name)) => (generation: Generation): Promise<void> =>
  generation.materials.get(name)?.sourceVersion === version ? Promise.reject(error) : Promise.resolve();

describe('a bad identity', () => {
  it('goes back alone: an anchor that was removed beside it stays removed', async () => {
    now.sink.answer = refuse('identity', 'i2');
    expect(await now.deliver({ identity: material.renewed, trust: material.newTrust })).toMatchObject([{ code: 'delivery-refused' }]);
    expect(published()).toEqual([['i1', 't1'], ['i2', 't3'], ['i1', 't3']]);
    expect(versions(now.deliverer.held)).toEqual(['i1', 't3']);
    expect(secretStatus(now.status, 'trust')).toMatchObject({ stage: 'proven', sourceVersion: 't3' });
    expect(secretStatus(now.status, 'trust').problem).toBeUndefined();
  });

  it('is told in the status: which version, which serial, in whose words, since when', async () => {
    now.sink.answer = refuse('identity', 'i2');
    await now.deliver({ identity: material.renewed });
    const { leaf } = material.renewed as Extract<Material, { kind: 'identity' }>;
    expect(secretStatus(now.status, 'identity')).toMatchObject({ sourceVersion: 'i1', refused: { sourceVersion: 'i2', serials: [leaf.serial], message: 'Envoy refused the secret identity: bad', since: NOW } });
  });

  it('that Envoy calls by the name of an unchanged trust is the one to blame', async () => {
    now.sink.answer = refuse('identity', 'i2', refusal('trust'));
    await now.deliver({ identity: material.renewed });
    expect(now.deliverer.hasRefused('identity', material.renewed.fingerprint)).toBe(true);
    expect(now.deliverer.hasRefused('trust', material.oldTrust.fingerprint)).toBe(false);
  });
});

describe('bad trust', () => {
  it('goes back alone: the renewed identity stays', async () => {
    now.sink.answer = refuse('trust', 't2');
    await now.deliver({ identity: material.renewed, trust: material.bothTrust });
    expect(published()).toEqual([['i1', 't1'], ['i2', 't2'], ['i2', 't1']]);
    expect(versions(now.deliverer.held)).toEqual(['i2', 't1']);
  });

  it('beside a bad identity leaves the last good of both', async () => {
    now.sink.answer = (generation) => (versions(generation).join() === 'i1,t1' ? Promise.resolve() : Promise.reject(refusal(generation.materials.get('trust')?.sourceVersion === 't2' ? 'trust' : 'identity')));
    expect(await now.deliver({ identity: material.renewed, trust: material.bothTrust })).toHaveLength(2);
    expect(published()).toEqual([['i1', 't1'], ['i2', 't2'], ['i2', 't1'], ['i1', 't1']]);
    expect(versions(now.deliverer.held)).toEqual(['i1', 't1']);
  });
});

describe('a generation that Envoy acknowledges and does not use', () => {
  it('is offered anew once, which wakes a context that is stuck', async () => {
    let looks = 0;
    now.prover.answer = () => ((looks += 1) === 1 ? Promise.reject(unproven) : Promise.resolve());
    expect(await now.deliver({ identity: material.renewed })).toEqual([]);
    expect(published()).toEqual([['i1', 't1'], ['i2', 't1'], ['i2', 't1']]);
    expect(now.sink.distrusted).toBe(1);
    expect(secretStatus(now.status, 'identity')).toMatchObject({ stage: 'proven', sourceVersion: 'i2' });
  });

  it('is taken back when that does not help, with every byte new, and remembered', async () => {
    now.prover.answer = refuse('identity', 'i2', unproven);
    expect(await now.deliver({ identity: material.renewed })).toMatchObject([{ code: 'proof-failed' }]);
    expect(published()).toEqual([['i1', 't1'], ['i2', 't1'], ['i2', 't1'], ['i1', 't1']]);
    expect(now.sink.distrusted).toBe(2);
    expect(now.deliverer.hasRefused('identity', material.renewed.fingerprint)).toBe(true);
    expect(secretStatus(now.status, 'identity')).toMatchObject({ stage: 'proven', sourceVersion: 'i1', refused: { sourceVersion: 'i2' } });
    expect(now.events.map(({ event }) => event)).toContain('went-back');
  });

  it('is not taken back when nobody could look: what is on the wire is not known to be wrong', async () => {
    for (const code of ['envoy-unreachable', 'envoy-not-live'] as const) {
      now.prover.answer = () => Promise.reject(new AgentError(code, 'no answer'));
      expect(await now.deliver({ identity: material.renewed })).toMatchObject([{ code }]);
      expect(published()).toEqual([['i1', 't1'], ['i2', 't1']]);
    }
    now.prover.answer = () => Promise.resolve();
    expect(await now.deliver({})).toEqual([]);
    expect(versions(now.deliverer.held)).toEqual(['i2', 't1']);
  });

  it('and that was good before is offered anew at every look until Envoy uses it', async () => {
    now.deliverer.doubt();
    now.prover.answer = () => Promise.reject(unproven);
    expect(await now.deliver({})).toMatchObject([{ code: 'proof-failed' }]);
    expect(secretStatus(now.status, 'identity').stage).toBe('delivered');
    now.prover.answer = () => Promise.resolve();
    expect(await now.deliver({})).toEqual([]);
    expect(secretStatus(now.status, 'identity').stage).toBe('proven');
    expect(versions(now.deliverer.held)).toEqual(['i1', 't1']);
  });
});

it('a refusal is forgotten when the source holds something else, or when an operator asks for it', async () => {
  now.sink.answer = refuse('identity', 'i2');
  await now.deliver({ identity: material.renewed });
  expect(now.deliverer.hasRefused('identity', material.renewed.fingerprint)).toBe(true);
  expect(now.deliverer.hasRefused('identity', material.identity.fingerprint)).toBe(false);
  expect(now.deliverer.hasRefused('identity', material.renewed.fingerprint)).toBe(false);
  await now.deliver({ identity: material.renewed });
  now.deliverer.forgetRefusals();
  expect(now.deliverer.hasRefused('identity', material.renewed.fingerprint)).toBe(false);
});

it('before anything was proven there is nothing to go back to: the offer is tried again', async () => {
  now = start();
  now.sink.answer = refuse('identity', 'i1');
  expect(await now.deliver({ identity: material.identity, trust: material.oldTrust })).toMatchObject([{ code: 'delivery-refused' }]);
  expect(now.deliverer.held).toBeUndefined();
  now.sink.answer = () => Promise.resolve();
  expect(await now.deliver({ identity: material.identity, trust: material.oldTrust })).toEqual([]);
});
