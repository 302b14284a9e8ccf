import { GetCertificateAuthorityCertificateCommand, GetCertificateCommand, IssueCertificateCommand, RequestInProgressException, type GetCertificateAuthorityCertificateCommandOutput, ResourceNotFoundException } from '@aws-sdk/client-acm-pca';
import { X509Certificate, webcrypto } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generateKeyPair } from '../../../src/demo/pki/key-pair.ts';
import { Pkcs10CertificateRequestGenerator, SubjectAlternativeNameExtension } from '../../../src/demo/pki/x509.ts';
import { startAws } from '../../fixtures/aws.ts';
import { FakeClock } from '../../fixtures/fake-clock.ts';

const ROOT_ARN = 'arn:aws:acm-pca:eu-central-1:123456789012:certificate-authority/color-gateway';

let world: Awaited<ReturnType<typeof startAws>> & { readonly clock: FakeClock };
beforeEach(async () => {
  const clock = new FakeClock('2026-11-23T12:00:00Z');
  world = { ...(await startAws({ clock })), clock };
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

describe('a certificate for somebody who keeps his key', () => {
  const issue = async (csr: string): Promise<{ authorityArn: string; arn: string | undefined }> => {
    const { arn: authorityArn } = await world.aws.privateCa.create({ subject: 'CN=root' });
    const { CertificateArn } = await world.clients.acmPca.send(new IssueCertificateCommand({ CertificateAuthorityArn: authorityArn, Csr: Buffer.from(csr), SigningAlgorithm: 'SHA256WITHECDSA', Validity: { Type: 'DAYS', Value: 7 } }));
    return { authorityArn, arn: CertificateArn };
  };

  it('is issued asynchronously, over the key and the names of the request', async () => {
    const keys = await generateKeyPair('EC_prime256v1');
    const csr = await Pkcs10CertificateRequestGenerator.create({ name: 'CN=task', keys, signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' }, extensions: [new SubjectAlternativeNameExtension([{ type: 'dns', value: 'task.mesh.local' }])] });
    const { authorityArn, arn } = await issue(csr.toString('pem'));
    const get = (): Promise<{ readonly Certificate?: string | undefined; readonly CertificateChain?: string | undefined }> => world.clients.acmPca.send(new GetCertificateCommand({ CertificateAuthorityArn: authorityArn, CertificateArn: arn }));
    await expect(get()).rejects.toBeInstanceOf(RequestInProgressException);
    await world.clock.advance(500);
    const { Certificate = '', CertificateChain = '' } = await get();
    const certificate = new X509Certificate(Certificate);
    expect(certificate.subjectAltName).toBe('DNS:task.mesh.local');
    expect(certificate.verify(new X509Certificate(CertificateChain).publicKey)).toBe(true);
    expect(certificate.publicKey.export({ type: 'spki', format: 'der' })).toEqual(Buffer.from(await webcrypto.subtle.exportKey('spki', keys.publicKey)));
  });

  it('is refused for what is no request', async () => {
    await expect(issue('nonsense')).rejects.toMatchObject({ name: 'MalformedCSRException' });
  });
});
