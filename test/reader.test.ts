import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AgentError } from '../src/errors.ts';
import { Reader } from '../src/reader.ts';
import type { Source } from '../src/source/source.ts';
import { FakeClock } from './fixtures/fake-clock.ts';
import { MemorySource, manifestSecret } from './fixtures/pipeline.ts';
import { NOW, type Pki, createPki, identitySecret, trustSecret } from './fixtures/pki.ts';

/** A source that tells its version without being read, as Secrets Manager does. */
class VersionedSource extends MemorySource {
  version: NonNullable<Source['version']> = () => Promise.resolve(this.currentVersion);
}

const never = new AbortController().signal;
let pki: Pki;
let clock: FakeClock;
let source: VersionedSource;
let reader: Reader;
beforeAll(async () => {
  pki = await createPki();
});
beforeEach(() => {
  clock = new FakeClock(NOW);
  source = new VersionedSource('secret:color/gateway', identitySecret(pki.gateway.leaf));
  reader = new Reader({ secret: manifestSecret('identity', 'identity'), sources: [source] }, clock);
});

describe('a secret whose version can be asked for', () => {
  it('is read once as long as the version stays', async () => {
    const first = await reader.read(never);
    expect(await reader.read(never)).toBe(first);
    expect(source.fetches).toBe(1);
  });

  it('is read again as soon as the version moves, to a former one as well', async () => {
    await reader.read(never);
    source.put(identitySecret(pki.teller.leaf));
    expect(await reader.read(never)).toMatchObject({ sourceVersion: 'v2', leaf: { subject: 'CN=colorteller' } });
    source.version = () => Promise.resolve('v1');
    await reader.read(never);
    expect(source.fetches).toBe(3);
  });

  it('is read again once an hour, so that a lost permission shows before the renewal needs it', async () => {
    await reader.read(never);
    await clock.advance(3_600_000);
    source.put(new AgentError('access-denied', 'no kms:Decrypt'));
    await expect(reader.read(never)).rejects.toMatchObject({ code: 'access-denied' });
  });

  it('is judged anew when a certificate has expired meanwhile', async () => {
    const material = await reader.read(never);
    if (material.kind !== 'identity') throw new Error('an identity was put in');
    clock = new FakeClock(new Date(material.leaf.notAfter.getTime() - 1000));
    reader = new Reader({ secret: manifestSecret('identity', 'identity'), sources: [source] }, clock);
    await reader.read(never);
    await clock.advance(2000);
    await expect(reader.read(never)).rejects.toMatchObject({ code: 'certificate-expired' });
  });

  it('fails with the failure of the question, and is not read behind its back', async () => {
    await reader.read(never);
    source.version = () => Promise.reject(new AgentError('source-throttled', 'AWS throttles'));
    await expect(reader.read(never)).rejects.toMatchObject({ code: 'source-throttled' });
    expect(source.fetches).toBe(1);
  });

  it('that was bad is read at every look, whatever its version', async () => {
    source.put(new AgentError('source-placeholder', 'not filled yet'));
    await expect(reader.read(never)).rejects.toMatchObject({ code: 'source-placeholder' });
    await expect(reader.read(never)).rejects.toMatchObject({ code: 'source-placeholder' });
    expect(source.fetches).toBe(2);
  });
});

describe('a source that cannot be asked for its version', () => {
  it('is read at every look', async () => {
    source.version = () => Promise.resolve(undefined);
    await reader.read(never);
    await reader.read(never);
    expect(source.fetches).toBe(2);
  });

  it('has all of its bundle read, those members included whose version stayed', async () => {
    const versioned = new VersionedSource('secret:color/trust', trustSecret(pki.gateway.root));
    const other = new MemorySource('arn:aws:acm-pca:eu-west-1:111122223333:certificate-authority/1', trustSecret(pki.teller.root));
    reader = new Reader({ secret: manifestSecret('trust', 'trust'), sources: [versioned, other] }, clock);
    await reader.read(never);
    await reader.read(never);
    expect([versioned.fetches, other.fetches]).toEqual([2, 2]);
  });
});

it('a bundle whose members all tell their versions is read when one of them moves', async () => {
  const [a, b] = [new VersionedSource('secret:a', trustSecret(pki.gateway.root)), new VersionedSource('secret:b', trustSecret(pki.teller.root))];
  reader = new Reader({ secret: manifestSecret('trust', 'trust'), sources: [a, b] }, clock);
  const first = await reader.read(never);
  expect(await reader.read(never)).toBe(first);
  b.put(trustSecret(pki.gateway.root));
  expect(await reader.read(never)).toMatchObject({ sourceVersion: 'v1,v2' });
});
