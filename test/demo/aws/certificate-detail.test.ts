import { expect, it } from 'vitest';
import { describe as detailOf } from '../../../src/demo/aws/certificate-detail.ts';
import { NOW, createPki } from '../../fixtures/pki.ts';

it('writes serial, dates and algorithm as DescribeCertificate does', async () => {
  const { gateway } = await createPki({ gateway: { serial: '0a1b2c' } });
  const certificate = { arn: 'arn', domainName: 'a.example', names: ['a.example'], authorityArn: 'ca', algorithm: 'EC_prime256v1', issued: gateway.leaf, issuedAt: NOW, exported: false, type: 'PRIVATE', renewal: undefined } as const;
  expect(detailOf(certificate)).toMatchObject({ Serial: '0a:1b:2c', IssuedAt: NOW.getTime() / 1000, KeyAlgorithm: 'EC-prime256v1', RenewalEligibility: 'INELIGIBLE' });
  expect(detailOf({ ...certificate, exported: true })).toMatchObject({ RenewalEligibility: 'ELIGIBLE' });
});
