import { beforeAll, describe, expect, it } from 'vitest';
import { AgentError } from '../../src/errors.ts';
import type { Managed } from '../../src/managed.ts';
import type { SecretText } from '../../src/material/secret-text.ts';
import { checkSources } from '../../src/preflight/sources.ts';
import { FakeClock } from '../fixtures/fake-clock.ts';
import { NOW, type Pki, createPki, createSide, identitySecret } from '../fixtures/pki.ts';

let pki: Pki;
beforeAll(async () => {
  pki = await createPki();
});

const clock = new FakeClock(NOW);
const managed = (read: () => Promise<SecretText>): Managed => ({
  secret: { name: 'gateway', kind: 'identity', reference: '/keys/gateway.pem', roles: ['client'], names: [], consumers: 1 },
  sources: [{ description: 'secret:gateway', pollMs: 60_000, fetch: async () => ({ version: 'v7', text: await read() }) }],
});
const check = (read: () => Promise<SecretText>): ReturnType<typeof checkSources> => checkSources([managed(read)], clock, new AbortController().signal);

describe('the check of a source', () => {
  it('says what would be delivered and until when', async () => {
    const [finding] = await check(() => Promise.resolve(identitySecret(pki.gateway.leaf)));
    expect(finding).toMatchObject({ status: 'ok' });
    expect(finding?.message).toMatch(/^identity \/keys\/gateway.pem from secret:gateway: CN=colorgateway, serial \w+, names colorgateway.mesh.local, until 2049-12-31T00:00:00Z, version v7$/);
  });

  it('fails with the words of the parser', async () => {
    const [finding] = await check(() => Promise.resolve(identitySecret(pki.gateway.leaf, { Passphrase: 'wrong' })));
    expect(finding).toMatchObject({ status: 'failed', code: 'key-passphrase-wrong' });
  });

  it('fails with the words of the source', async () => {
    const [finding] = await check(() => Promise.reject(new AgentError('access-denied', 'not authorized', { hint: 'grant it' })));
    expect(finding).toMatchObject({ status: 'failed', code: 'access-denied', hint: 'grant it' });
  });

  it('warns of a certificate that ends soon for its lifetime, not one of a week with six days left (promise 120)', async () => {
    const days = (from: number, to: number) => ({ notBefore: new Date(NOW.getTime() + from * 86_400_000), notAfter: new Date(NOW.getTime() + to * 86_400_000) });
    const late = await createSide('colorgateway', days(-300, 10));
    const weekly = await createSide('colorgateway', days(-1, 6));
    expect((await check(() => Promise.resolve(identitySecret(late.leaf)))).map(({ status }) => status)).toEqual(['ok', 'warning']);
    expect((await check(() => Promise.resolve(identitySecret(weekly.leaf)))).map(({ status }) => status)).toEqual(['ok']);
  });
});
