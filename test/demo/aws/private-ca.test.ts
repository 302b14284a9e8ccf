import { GetCertificateAuthorityCertificateCommand, type GetCertificateAuthorityCertificateCommandOutput, ResourceNotFoundException } from '@aws-sdk/client-acm-pca';
import { X509Certificate } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startAws } from '../../fixtures/aws.ts';
import { FakeClock } from '../../fixtures/fake-clock.ts';

const ROOT_ARN = 'arn:aws:acm-pca:eu-central-1:123456789012:certificate-authority/color-gateway';

let world: Awaited<ReturnType<typeof startAws>>;
beforeEach(async () => {
  world = await startAws({ clock: new FakeClock('2026-11-23T12:00:00Z') });
});
afterEach(() => world.stop());

const certificateOf = (arn: string): Promise<GetCertificateAuthorityCertificateCommandOutput> =>
  world.clients.acmPca.send(new GetCertificateAuthorityCertificateCommand({ CertificateAuthorityArn: arn }));

describe('the certificate of an authority', () => {
  it('comes without a chain for a root, which may stand under a fixed ARN', async () => {
    const { arn, authority } = await world.aws.privateCa.create({ arn: ROOT_ARN, subject: 'CN=colorgateway root, O=Example' });
    expect(arn).toBe(ROOT_ARN);
    const answer = await certificateOf(ROOT_ARN);
    expect(answer.Certificate).toBe(authority.certificatePem);
    expect(answer.CertificateChain).toBeUndefined();
    const certificate = new X509Certificate(answer.Certificate ?? '');
    expect(certificate.ca).toBe(true);
    expect(new Date(certificate.validTo)).toEqual(new Date('2036-11-20T12:00:00Z'));
  });

  it('comes with its issuers for an intermediate, itself left out of the chain', async () => {
    const root = await world.aws.privateCa.create({ subject: 'CN=root', algorithm: 'EC_secp384r1' });
    const below = await world.aws.privateCa.create({ subject: 'CN=intermediate', issuerArn: root.arn, pathLength: 0, validHours: 24 });
    const { Certificate = '', CertificateChain } = await certificateOf(below.arn);
    expect(CertificateChain).toBe(root.authority.certificatePem);
    expect(new X509Certificate(Certificate).verify(new X509Certificate(CertificateChain ?? '').publicKey)).toBe(true);
  });

  it('is not found under another ARN', async () => {
    await expect(certificateOf(ROOT_ARN)).rejects.toBeInstanceOf(ResourceNotFoundException);
  });
});

describe('two authorities', () => {
  it('do not vouch for each other (promise 52)', async () => {
    const [one, two] = [await world.aws.privateCa.create({ subject: 'CN=root' }), await world.aws.privateCa.create({ subject: 'CN=root' })];
    const { issued } = await world.aws.acm.request({ domainName: 'a.mesh.local', authorityArn: one.arn, algorithm: 'EC_prime256v1' });
    const leaf = new X509Certificate(issued.certificatePem);
    expect(leaf.verify(new X509Certificate(one.authority.certificatePem).publicKey)).toBe(true);
    expect(leaf.verify(new X509Certificate(two.authority.certificatePem).publicKey)).toBe(false);
  });
});
