import { beforeAll, expect, it } from 'vitest';
import { statusDocument } from '../../src/admin/document.ts';
import { AgentError } from '../../src/errors.ts';
import { succeed } from '../../src/generation/generation.ts';
import { parseIdentity } from '../../src/material/identity.ts';
import type { Identity } from '../../src/material/material.ts';
import { type Status, initialStatus, reduce } from '../../src/status.ts';
import { manifestSecret } from '../fixtures/pipeline.ts';
import { NOW, PASSPHRASE, createSide, identitySecret, plainKeyPem } from '../fixtures/pki.ts';

let identity: Identity;
beforeAll(async () => {
  identity = await parseIdentity({ version: 'v1', text: identitySecret((await createSide('colorgateway')).leaf) }, { roles: ['client'], names: [], now: NOW });
});

const initial = initialStatus('virtualGateway/colorgateway', [{ secret: manifestSecret('identity', 'identity'), sources: ['secret:color/gateway'] }]);
const ready = (): Status =>
  [
    { kind: 'envoy', state: 'running', pid: 42 } as const,
    { kind: 'delivered', generation: succeed(undefined, new Map([['identity', identity]])) } as const,
    { kind: 'proven', names: ['identity'] } as const,
  ].reduce(reduce, initial);
/** As it is read by whoever scripts against it. */
const read = (status: Status): unknown => JSON.parse(JSON.stringify(statusDocument(status, NOW, 0)));

it('tells who is not ready, and why', () => {
  expect(read(initial)).toEqual({
    endpoint: 'virtualGateway/colorgateway',
    generation: 0,
    ready: false,
    reason: 'envoy is starting',
    healthy: false,
    unhealthyReason: 'it has not been ready yet',
    envoy: { state: 'starting' },
    secrets: [{ name: 'identity', kind: 'identity', reference: '/certs/identity', sources: ['secret:color/gateway'], stage: 'missing', certificates: [] }],
  });
});

it('tells what is held: source, version, certificates with their names, serials and dates', () => {
  const { serial } = identity.leaf;
  expect(read(ready())).toMatchObject({
    generation: 1,
    ready: true,
    envoy: { state: 'running', pid: 42 },
    secrets: [
      {
        stage: 'proven',
        sourceVersion: 'v1',
        certificates: [{ subject: 'CN=colorgateway', issuer: 'CN=colorgateway root', serial, names: ['colorgateway.mesh.local'], notBefore: '2020-01-01T00:00:00.000Z', notAfter: '2049-12-31T00:00:00.000Z' }],
      },
    ],
  });
  expect(read(ready())).not.toHaveProperty('reason');
});

it('tells the last problem beside what is in force', () => {
  const error = new AgentError('key-mismatch', 'the key belongs to another certificate', { hint: 'store both' });
  const document = read(reduce(ready(), { kind: 'failed', name: 'identity', error, at: NOW }));
  expect(document).toMatchObject({ ready: true, secrets: [{ stage: 'proven', problem: { code: 'key-mismatch', message: error.message, hint: 'store both', at: NOW.toISOString() } }] });
});

it('holds no key and no passphrase (promise 129)', () => {
  const text = JSON.stringify(statusDocument(ready(), NOW, 0));
  expect(text).not.toContain('PRIVATE');
  expect(text).not.toContain(PASSPHRASE);
  expect(text).not.toContain(plainKeyPem(identity.key).split('\n')[1]);
});
