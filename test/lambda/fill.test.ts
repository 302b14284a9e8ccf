import { afterEach, beforeEach, expect, it } from 'vitest';
import { fillSecret, readFilling } from '../../src/lambda/fill.ts';
import { type RenewerWorld, renewerWorld } from '../fixtures/renewer-world.ts';

let world: RenewerWorld;
beforeEach(async () => {
  world = await renewerWorld();
});
afterEach(() => world.stop());

it.each([
  [{ SecretId: 's', CertificateArn: 'a', ServiceToken: 't' }, { secretId: 's', certificateArn: 'a' }],
  [{ SecretId: 's', CertificateArn: 'a', Roles: ['server'] }, { secretId: 's', certificateArn: 'a', roles: ['server'] }],
  [{ SecretId: 's', AuthorityArns: ['a', 'b'] }, { secretId: 's', authorityArns: ['a', 'b'] }],
])('reads %j', (properties, filling) => {
  expect(readFilling(properties)).toEqual(filling);
});

it.each([{}, { SecretId: 7 }, { SecretId: 's' }, { SecretId: 's', CertificateArn: 'a', AuthorityArns: ['b'] }, { SecretId: 's', AuthorityArns: [] }, { SecretId: 's', AuthorityArns: 'a' }, { SecretId: 's', CertificateArn: 'a', Roles: [] }, { SecretId: 's', CertificateArn: 'a', Roles: ['peer'] }])('refuses %j', (properties) => {
  expect(() => readFilling(properties)).toThrow('the properties of the custom resource');
});

it('does nothing that is done', async () => {
  const filling = { secretId: 'color/gateway', certificateArn: world.gateway.certificateArn };
  const first = await fillSecret(world.clients, filling, world.ports);
  world.asked();
  expect((await fillSecret(world.clients, filling, world.ports)).versionId).toBe(first.versionId);
  expect(world.asked()).toEqual(['DescribeCertificate', 'DescribeSecret']);
});
