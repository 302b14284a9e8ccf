import { ExportCertificateCommand } from '@aws-sdk/client-acm';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Fault } from '../../src/demo/aws/fault.ts';
import { causeOf, hintForRenewal } from '../../src/lambda/causes.ts';
import { type RenewerWorld, renewerWorld } from '../fixtures/renewer-world.ts';

let world: RenewerWorld;
beforeEach(async () => {
  world = await renewerWorld();
});
afterEach(() => world.stop());

it.each<[string, Fault, string, boolean]>([
  ['an explicit deny', { kind: 'access-denied', policy: 'identity-deny' }, 'access-denied', true],
  ['an allow that is missing', { kind: 'access-denied' }, 'access-denied', true],
  ['throttling', { kind: 'throttle' }, 'source-throttled', false],
  ['a failure at AWS', { kind: 'server-error' }, 'source-unavailable', false],
])('%s', async (_what, fault, code, permanent) => {
  world.faults.set('ExportCertificate', fault);
  const thrown: unknown = await world.clients.acm.send(new ExportCertificateCommand({ CertificateArn: world.gateway.certificateArn, Passphrase: Buffer.from('0000') })).catch((cause: unknown) => cause);
  expect(causeOf(thrown, world.gateway.certificateArn)).toMatchObject({ error: { code }, permanent });
});

it.each([
  ['PCA_ACCESS_DENIED', 'create-permission'],
  ['PCA_INVALID_STATE', 'enable it'],
  ['PCA_NAME_CONSTRAINTS_VALIDATION', 'name constraints'],
  ['SOMETHING_NEW', 'user guide'],
  [undefined, 'user guide'],
])('the reason %s has its likely fix (promise 124)', (reason, words) => {
  expect(hintForRenewal(reason)).toContain(words);
});
