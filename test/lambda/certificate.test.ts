import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeCertificate } from '../../src/lambda/certificate.ts';
import { normalSerial } from '../../src/material/serial.ts';
import { type RenewerWorld, renewerWorld } from '../fixtures/renewer-world.ts';

let world: RenewerWorld;
beforeEach(async () => {
  world = await renewerWorld();
});
afterEach(() => world.stop());

it('reads serial, dates, kind and eligibility as ACM describes them', async () => {
  const { serialNumber, notBefore, notAfter } = world.aws.acm.issuedOf(world.gateway.certificateArn).certificate;
  expect(await describeCertificate(world.clients.acm, world.gateway.certificateArn)).toEqual({ arn: world.gateway.certificateArn, serial: normalSerial(serialNumber), notBefore, notAfter, type: 'PRIVATE', eligible: false, renewal: undefined });
});

it('reads what became of a renewal, and why it failed', async () => {
  world.aws.privateCa.refuse(world.authorities.gateway, 'PCA_ACCESS_DENIED');
  await world.aws.acm.renew(world.gateway.certificateArn);
  expect(await describeCertificate(world.clients.acm, world.gateway.certificateArn)).toMatchObject({ renewal: { status: 'FAILED', reason: 'PCA_ACCESS_DENIED' } });
});
