import { beforeAll, describe, expect, it } from 'vitest';
import { AgentError } from '../src/errors.ts';
import { type Generation, succeed } from '../src/generation/generation.ts';
import { parseIdentity } from '../src/material/identity.ts';
import type { Identity, Material, TrustBundle } from '../src/material/material.ts';
import { parseTrust } from '../src/material/trust.ts';
import { type Event, type Status, StatusBoard, initialStatus, reduce, unhealthyReason, unreadyReason } from '../src/status.ts';
import { manifestSecret } from './fixtures/pipeline.ts';
import { NOW, VALID, createPki, identitySecret, trustSecret } from './fixtures/pki.ts';

let identity: Identity;
let trust: TrustBundle;
beforeAll(async () => {
  const { gateway, teller } = await createPki();
  identity = await parseIdentity({ version: 'v1', text: identitySecret(gateway.leaf) }, { roles: ['client'], names: [], now: NOW });
  trust = parseTrust([{ version: 'v7', text: trustSecret(teller.root) }], NOW);
});

const initial = initialStatus('virtualGateway/colorgateway', [
  { secret: manifestSecret('identity', 'identity'), sources: ['secret:color/gateway'] },
  { secret: manifestSecret('trust', 'trust'), sources: ['secret:color/trust'] },
]);
const generation = (): Generation => succeed(undefined, new Map<string, Material>([['identity', identity], ['trust', trust]]));
const after = (...events: Event[]): Status => events.reduce(reduce, initial);
const delivered = (): Event => ({ kind: 'delivered', generation: generation() });
const running: Event = { kind: 'envoy', state: 'running', pid: 42 };
const proven: Event = { kind: 'proven', names: ['identity', 'trust'] };
const failed: Event = { kind: 'failed', name: 'identity', error: new AgentError('key-mismatch', 'the key belongs to another certificate', { hint: 'store both' }), at: NOW };

describe('the status', () => {
  it('begins with everything missing and an Envoy that is starting', () => {
    expect(initial).toMatchObject({ generation: 0, envoy: { state: 'starting' }, secrets: [{ name: 'identity', stage: 'missing', sources: ['secret:color/gateway'] }, { name: 'trust', stage: 'missing' }] });
  });

  it('tells what was delivered: version and certificates in the order of presentation', () => {
    const { generation: number, secrets } = after(delivered());
    expect(number).toBe(1);
    expect(secrets).toMatchObject([
      { name: 'identity', stage: 'delivered', sourceVersion: 'v1', certificates: [{ subject: 'CN=colorgateway' }] },
      { name: 'trust', stage: 'delivered', sourceVersion: 'v7', certificates: [{ subject: 'CN=colorteller root' }] },
    ]);
  });

  it('calls proven only what was delivered', () => {
    expect(after(proven).secrets.map(({ stage }) => stage)).toEqual(['missing', 'missing']);
    expect(after(delivered(), proven).secrets.map(({ stage }) => stage)).toEqual(['proven', 'proven']);
  });

  it('takes a proof back', () => {
    expect(after(delivered(), proven, { kind: 'unproven', names: ['trust'] }).secrets.map(({ stage }) => stage)).toEqual(['proven', 'delivered']);
  });

  it('keeps a failure beside what is held, until it recovers', () => {
    const [secret] = after(delivered(), proven, failed).secrets;
    expect(secret).toMatchObject({ stage: 'proven', sourceVersion: 'v1', problem: { code: 'key-mismatch', message: 'the key belongs to another certificate', hint: 'store both', at: NOW } });
    expect(after(delivered(), failed, { kind: 'recovered', name: 'identity', at: NOW }).secrets[0]).not.toHaveProperty('problem');
  });

  it('remembers the process of an Envoy that has ended', () => {
    expect(after(running, { kind: 'envoy', state: 'exited' }).envoy).toEqual({ state: 'exited', pid: 42 });
  });

  it('never changes a state that was read', () => {
    const board = new StatusBoard(initial);
    const before = board.current;
    board.note(running);
    expect(before.envoy.state).toBe('starting');
    expect(board.current.envoy.state).toBe('running');
  });
});

describe('readiness (promise 90)', () => {
  const late = new Date(VALID.notAfter.getTime() + 1);

  it.each<[string, () => readonly Event[], string | undefined]>([
    ['Envoy has not started', () => [delivered(), proven], 'envoy is starting'],
    ['a secret is missing', () => [running], 'identity identity is missing'],
    ['a secret is missing for a reason', () => [running, failed], 'identity identity is missing: the key belongs to another certificate'],
    ['nothing is proven yet', () => [running, delivered()], 'identity identity is delivered and not proven'],
    ['one secret is not proven', () => [running, delivered(), { kind: 'proven', names: ['identity'] }], 'trust trust is delivered and not proven'],
    ['Envoy drains', () => [running, delivered(), proven, { kind: 'envoy', state: 'draining' }], 'envoy is draining'],
    ['all is proven', () => [running, delivered(), proven], undefined],
    ['the source is bad and the last good one serves', () => [running, delivered(), proven, failed], undefined],
  ])('when %s', (_, events, reason) => {
    expect(unreadyReason(after(...events()), NOW)).toBe(reason);
  });

  it('ends when the leaf has expired, and not a moment before', () => {
    const status = after(running, delivered(), proven);
    expect(unreadyReason(status, VALID.notAfter)).toBeUndefined();
    expect(unreadyReason(status, late)).toBe('identity identity has expired');
  });

  it('holds while one anchor of a bundle is in force', () => {
    const expired = { ...trust.anchors[0]!, notAfter: new Date('2021-01-01T00:00:00Z') };
    const bundle = (anchors: TrustBundle['anchors']): Event => ({ kind: 'delivered', generation: succeed(undefined, new Map<string, Material>([['identity', identity], ['trust', { ...trust, anchors }]])) });
    expect(unreadyReason(after(running, bundle([expired, trust.anchors[0]!]), proven), NOW)).toBeUndefined();
    expect(unreadyReason(after(running, bundle([expired]), proven), NOW)).toBe('trust trust has expired');
  });

  it('ends with a revocation list that is over: Envoy refuses every peer by it', () => {
    const list = { issuer: 'CN=colorteller root', number: '1', thisUpdate: NOW, nextUpdate: new Date(NOW.getTime() + 1000), revoked: 0 };
    const status = after(running, { kind: 'delivered', generation: succeed(undefined, new Map<string, Material>([['identity', identity], ['trust', { ...trust, revocation: [list] }]])) }, proven);
    expect(unreadyReason(status, list.nextUpdate)).toBeUndefined();
    expect(unreadyReason(status, new Date(NOW.getTime() + 2000))).toBe('the revocation list of CN=colorteller root in trust trust has expired');
  });

  it('needs nothing more than Envoy where no TLS is configured', () => {
    expect(unreadyReason(reduce(initialStatus('virtualNode/plain', []), running), NOW)).toBeUndefined();
  });
});

describe('a container lives on', () => {
  const ready = (): Status => after(running, delivered(), proven);

  it('once everything has been proven on a running Envoy', () => {
    expect(unhealthyReason(after(running, delivered()), 0)).toBe('it has not been ready yet');
    expect(unhealthyReason(ready(), 0)).toBeUndefined();
  });

  it('whatever becomes of its certificates afterwards', () => {
    const later = [{ kind: 'unproven', names: ['identity'] } as const, failed].reduce(reduce, ready());
    expect(unreadyReason(later, NOW)).toBeDefined();
    expect(unhealthyReason(later, 0)).toBeUndefined();
  });

  it('while it drains', () => {
    expect(unhealthyReason(reduce(ready(), { kind: 'envoy', state: 'draining' }), 0)).toBeUndefined();
  });

  it.each(['hanging', 'restarting', 'exited'] as const)('not with an Envoy that is %s', (state) => {
    expect(unhealthyReason(reduce(ready(), { kind: 'envoy', state }), 0)).toBe(`envoy is ${state}`);
  });

  it('not when its loop is stuck', () => {
    const status = reduce(ready(), { kind: 'turn', silentUntilMs: 1_000 });
    expect([unhealthyReason(status, 1_000), unhealthyReason(status, 1_001)]).toEqual([undefined, 'the loop has not turned for longer than it may']);
  });

  it('without TLS, too, once nothing was delivered and proven', () => {
    const bare = initialStatus('virtualNode/n', []);
    const events: Event[] = [running, { kind: 'delivered', generation: succeed(undefined, new Map()) }];
    expect(unhealthyReason(events.reduce(reduce, bare), 0)).toBeUndefined();
  });
});
