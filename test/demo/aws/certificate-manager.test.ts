import {
  type ACMClient,
  DescribeCertificateCommand,
  ExportCertificateCommand,
  type ExportCertificateCommandOutput,
  InvalidArnException,
  KeyAlgorithm,
  RequestCertificateCommand,
  type RequestCertificateCommandInput,
  ResourceNotFoundException,
} from '@aws-sdk/client-acm';
import { spawnSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startAws } from '../../fixtures/aws.ts';
import { FakeClock } from '../../fixtures/fake-clock.ts';
import { plainKeyPem } from '../../fixtures/pki.ts';

const DOMAIN = 'gateway.mesh.local';
const PASSPHRASE = 'correct horse';

let acm: ACMClient;
let authorityArn: string;
let world: Awaited<ReturnType<typeof startAws>>;

beforeEach(async () => {
  world = await startAws({ clock: new FakeClock('2026-11-23T12:00:00.750Z') });
  acm = world.clients.acm;
  authorityArn = (await world.aws.privateCa.create({ subject: 'CN=colorgateway root' })).arn;
});
afterEach(() => world.stop());

async function request(changes: Partial<RequestCertificateCommandInput> = {}): Promise<string> {
  const wish = { DomainName: DOMAIN, CertificateAuthorityArn: authorityArn, KeyAlgorithm: KeyAlgorithm.EC_prime256v1, ...changes };
  return (await acm.send(new RequestCertificateCommand(wish))).CertificateArn ?? '';
}
const exportOf = (arn: string, passphrase: string | Uint8Array = PASSPHRASE): Promise<ExportCertificateCommandOutput> =>
  acm.send(new ExportCertificateCommand({ CertificateArn: arn, Passphrase: Buffer.from(passphrase) }));

describe('requesting a certificate', () => {
  it.each([
    ['RSA_2048', 'rsa', 2048],
    ['RSA_3072', 'rsa', 3072],
    ['RSA_4096', 'rsa', 4096],
    ['EC_prime256v1', 'ec', 'prime256v1'],
    ['EC_secp384r1', 'ec', 'secp384r1'],
  ] as const)('issues it over a key of %s', async (algorithm, type, size) => {
    const arn = await request({ KeyAlgorithm: algorithm });
    expect(arn).toMatch(/^arn:aws:acm:eu-central-1:123456789012:certificate\/[0-9a-f-]{36}$/);
    const { publicKey } = new X509Certificate((await exportOf(arn)).Certificate ?? '');
    expect(publicKey.asymmetricKeyType).toBe(type);
    expect(publicKey.asymmetricKeyDetails).toMatchObject(type === 'rsa' ? { modulusLength: size } : { namedCurve: size });
  });

  it('puts domain name and alternative names into the certificate, each once', async () => {
    const arn = await request({ SubjectAlternativeNames: [DOMAIN, 'other.mesh.local'] });
    const certificate = new X509Certificate((await exportOf(arn)).Certificate ?? '');
    expect(certificate.subject).toBe(`CN=${DOMAIN}`);
    expect(certificate.subjectAltName).toBe(`DNS:${DOMAIN}, DNS:other.mesh.local`);
  });

  it('answers the same token with the same certificate', async () => {
    const arn = await request({ IdempotencyToken: 'once' });
    expect(await request({ IdempotencyToken: 'once' })).toBe(arn);
    expect(await request({ IdempotencyToken: 'twice' })).not.toBe(arn);
  });

  it('refuses key types that private certificates cannot have, and public certificates', async () => {
    await expect(request({ KeyAlgorithm: KeyAlgorithm.RSA_1024 })).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(acm.send(new RequestCertificateCommand({ DomainName: DOMAIN }))).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});

describe('a certificate requested in process', () => {
  it('takes a fixed ARN, and what ACM itself would never issue', async () => {
    const arn = 'arn:aws:acm:eu-central-1:123456789012:certificate/color-teller';
    const changes = { names: ['spiffe://mesh/teller'], keyUsage: [], algorithm: 'EC_secp521r1' } as const;
    const { issued } = await world.aws.acm.request({ arn, domainName: DOMAIN, authorityArn, changes });
    const { Certificate, PrivateKey } = await exportOf(arn);
    expect(Certificate).toBe(issued.certificatePem);
    expect(new X509Certificate(Certificate ?? '').subjectAltName).toBe('URI:spiffe://mesh/teller');
    expect(plainKeyPem(createPrivateKey({ key: PrivateKey ?? '', passphrase: PASSPHRASE }))).toBe(plainKeyPem(issued.key));
  });
});

describe('describing a certificate', () => {
  it('tells what the certificate itself tells', async () => {
    const arn = await request();
    const { Certificate: detail } = await acm.send(new DescribeCertificateCommand({ CertificateArn: arn }));
    const certificate = new X509Certificate((await exportOf(arn)).Certificate ?? '');
    expect(detail).toMatchObject({
      CertificateArn: arn,
      DomainName: DOMAIN,
      SubjectAlternativeNames: [DOMAIN],
      Subject: `CN=${DOMAIN}`,
      Issuer: 'CN=colorgateway root',
      Status: 'ISSUED',
      Type: 'PRIVATE',
      KeyAlgorithm: 'EC-prime256v1',
      CertificateAuthorityArn: authorityArn,
      NotBefore: new Date(certificate.validFrom),
      NotAfter: new Date(certificate.validTo),
    });
    expect(detail?.Serial).toBe(certificate.serialNumber.toLowerCase().replace(/..(?!$)/g, '$&:'));
    expect(detail?.NotBefore).toEqual(new Date('2026-11-23T11:00:00Z'));
    expect(detail?.NotAfter).toEqual(new Date('2027-12-23T12:00:00Z'));
  });
});

describe('exporting a certificate', () => {
  it('gives leaf, chain without the leaf up to the root, and a key that fits (promises 60, 63)', async () => {
    const below = await world.aws.privateCa.create({ subject: 'CN=intermediate', issuerArn: authorityArn, pathLength: 0 });
    const arn = await request({ CertificateAuthorityArn: below.arn });
    const { Certificate = '', CertificateChain = '', PrivateKey = '' } = await exportOf(arn);
    const leaf = new X509Certificate(Certificate);
    const [intermediate, root, ...rest] = CertificateChain.split(/(?<=-----END CERTIFICATE-----\n)/).map((pem) => new X509Certificate(pem));
    expect(rest).toEqual([]);
    expect(leaf.checkIssued(intermediate!) && leaf.verify(intermediate!.publicKey)).toBe(true);
    expect(intermediate!.checkIssued(root!) && intermediate!.verify(root!.publicKey)).toBe(true);
    expect(root!.checkIssued(root!) && root!.verify(root!.publicKey)).toBe(true);
    expect(leaf.checkPrivateKey(createPrivateKey({ key: PrivateKey, passphrase: PASSPHRASE }))).toBe(true);
  });

  it.skipIf(spawnSync('openssl', ['version']).status !== 0)('gives a chain that the openssl command verifies strictly, in both roles', async () => {
    const below = await world.aws.privateCa.create({ subject: 'CN=intermediate', issuerArn: authorityArn, pathLength: 0 });
    const { Certificate = '' } = await exportOf(await request({ CertificateAuthorityArn: below.arn }));
    const directory = await mkdtemp(path.join(tmpdir(), 'acm-chain-'));
    const written = { leaf: Certificate, intermediate: below.authority.certificatePem, root: below.authority.chainPem };
    for (const [name, pem] of Object.entries(written)) await writeFile(path.join(directory, name), pem);
    for (const purpose of ['sslclient', 'sslserver']) {
      const options = ['-x509_strict', '-attime', String(Date.parse('2026-11-23T12:00:00Z') / 1000), '-purpose', purpose, '-CAfile', 'root', '-untrusted', 'intermediate', 'leaf'];
      expect(spawnSync('openssl', ['verify', ...options], { cwd: directory, encoding: 'utf8' }).stdout).toBe('leaf: OK\n');
    }
    await rm(directory, { recursive: true });
  });

  it('gives the same certificate and key each time, encrypted afresh', async () => {
    const arn = await request();
    const [one, two] = [await exportOf(arn, 'first pass'), await exportOf(arn, 'second pass')];
    expect(two.Certificate).toBe(one.Certificate);
    expect(two.PrivateKey).not.toBe(one.PrivateKey);
    expect(() => createPrivateKey({ key: two.PrivateKey ?? '', passphrase: 'first pass' })).toThrow();
  });

  it.each([
    ['four bytes', 'abcd'],
    ['128 bytes', 'x'.repeat(128)],
    ['a space and punctuation', 'a b!"&/'],
  ])('takes a passphrase of %s', async (_what, passphrase) => {
    const { PrivateKey = '' } = await exportOf(await request(), passphrase);
    expect(createPrivateKey({ key: PrivateKey, passphrase }).type).toBe('private');
  });

  it.each([
    ['three bytes', 'abc'],
    ['129 bytes', 'x'.repeat(129)],
    ['#', 'abc#d'],
    ['$', 'abc$d'],
    ['%', 'abc%d'],
    ['a character outside ASCII', 'abcé'],
  ])('refuses a passphrase with %s', async (_what, passphrase) => {
    const arn = await request();
    await expect(exportOf(arn, passphrase)).rejects.toMatchObject({ name: 'ValidationException', $fault: 'client' });
  });

  it('never repeats a refused passphrase in the error', async () => {
    await expect(exportOf(await request(), 'hush#hush')).rejects.toThrow(/^(?!.*hush)/);
  });

  it('does not know other certificates, and tells a wrong ARN from a missing certificate', async () => {
    const arn = await request();
    await expect(exportOf(arn.replace(/.{4}$/, '0000'))).rejects.toBeInstanceOf(ResourceNotFoundException);
    await expect(exportOf('arn:aws:secretsmanager:eu-central-1:123456789012:secret:x')).rejects.toBeInstanceOf(InvalidArnException);
  });
});
