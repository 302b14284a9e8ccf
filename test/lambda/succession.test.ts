import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ManagedIdentity } from '../../src/lambda/renewal.ts';
import { syncIdentity } from '../../src/lambda/renewal.ts';
import { exportTrust } from '../../src/lambda/export-trust.ts';
import { type Step, takeStep } from '../../src/lambda/succession.ts';
import { type RenewerWorld, renewerWorld } from '../fixtures/renewer-world.ts';

const TRUST = 'color/gateway-ca';
let world: RenewerWorld;
let successor: string;
let moved: ManagedIdentity;

beforeEach(async () => {
  world = await renewerWorld();
  world.aws.secretsManager.create({ name: TRUST });
  await syncIdentity(world.clients, world.gateway, world.ports);
  await exportTrust(world.clients, { authorityArns: [world.authorities.gateway], secretId: TRUST, token: '0'.repeat(32) }, world.ports);
  successor = (await world.aws.privateCa.create({ subject: 'CN=gateway root 2' })).arn;
  moved = { ...world.gateway, certificateArn: (await world.aws.acm.request({ domainName: 'gateway.mesh.local', authorityArn: successor, algorithm: 'EC_prime256v1' })).arn };
});
afterEach(() => world.stop());

const pem = (arn: string): string => world.aws.privateCa.authority(arn).certificatePem;
const take = (step: Step, minutes = 0): ReturnType<typeof takeStep> => takeStep(world.clients, step, { ...world.ports, now: () => new Date(Date.now() + minutes * 60_000) });
const add: () => Step = () => ({ step: 'add-anchor', trustSecretId: TRUST, authorityArn: successor });
const move: () => Step = () => ({ step: 'move-leaf', trustSecretId: TRUST, identity: moved });
const remove = (more: Partial<Extract<Step, { step: 'remove-anchor' }>> = {}): Step => ({ step: 'remove-anchor', trustSecretId: TRUST, authorityArn: world.authorities.gateway, identitySecretIds: [world.gateway.secretId], ...more });

async function bundle(): Promise<string> {
  const { SecretString = '' } = await world.clients.secretsManager.send(new GetSecretValueCommand({ SecretId: TRUST }));
  return (JSON.parse(SecretString) as { TrustBundle: string }).TrustBundle;
}

it('adds the new anchor, moves the leaf, removes the old anchor, each when its predecessor has been held (promise 116)', async () => {
  const { gateway: old } = world.authorities;
  await take(add());
  expect(await bundle()).toBe(pem(old) + pem(successor));
  await expect(take(move(), 29)).rejects.toMatchObject({ code: 'check-failed', message: expect.stringContaining('29 minutes old, 30 are to pass') as string });
  await take(move(), 30);
  await expect(take(remove(), 29)).rejects.toMatchObject({ code: 'check-failed' });
  await take(remove(), 31);
  expect(await bundle()).toBe(pem(successor));
});

it('adding twice is adding once', async () => {
  const first = await take(add());
  expect(await take(add())).toEqual(first);
});

it('an anchor is not removed while a leaf of it is in use', async () => {
  await take(add());
  await expect(take(remove(), 600)).rejects.toMatchObject({ message: expect.stringContaining('which that CA has issued') as string, hint: expect.stringContaining('emergency') as string });
});

it('in an emergency it is removed at once, whoever still uses it', async () => {
  await take(add());
  await take(remove({ emergency: true }));
  expect(await bundle()).toBe(pem(successor));
});

it('the last anchor is never removed: nobody could be trusted any more', async () => {
  await expect(take(remove({ emergency: true }))).rejects.toMatchObject({ code: 'trust-empty', hint: 'add its successor first' });
});

it('a root that the old and the new CA share stays with the new one, and does not make its leaf one of the old', async () => {
  const { arn: root } = await world.aws.privateCa.create({ subject: 'CN=shared root' });
  const [old, next] = [await world.aws.privateCa.create({ subject: 'CN=issuing 1', issuerArn: root, pathLength: 0 }), await world.aws.privateCa.create({ subject: 'CN=issuing 2', issuerArn: root, pathLength: 0 })];
  await exportTrust(world.clients, { authorityArns: [old.arn], secretId: TRUST, token: '1'.repeat(32) }, world.ports);
  await take({ ...add(), authorityArn: next.arn } as Step);
  const { arn: certificateArn } = await world.aws.acm.request({ domainName: 'gateway.mesh.local', authorityArn: next.arn, algorithm: 'EC_prime256v1' });
  await take({ step: 'move-leaf', trustSecretId: TRUST, identity: { ...world.gateway, certificateArn }, holdMinutes: 0 });
  await take(remove({ authorityArn: old.arn, holdMinutes: 0 }));
  expect(await bundle()).toBe(pem(root) + pem(next.arn));
});

it('"holdMinutes" shortens the wait', async () => {
  await take(add());
  await expect(take({ step: 'move-leaf', trustSecretId: TRUST, identity: moved, holdMinutes: 0 })).resolves.toMatchObject({ versionId: expect.any(String) as string });
});
