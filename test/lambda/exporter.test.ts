import { DescribeCertificateCommand } from '@aws-sdk/client-acm';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exportIdentity, exportTrust } from '../../src/lambda/exporter.ts';
import { startAws } from '../fixtures/aws.ts';

const TOKEN = '00000000-0000-4000-8000-000000000001';
const OTHER_TOKEN = '00000000-0000-4000-8000-000000000002';
const IDENTITY = 'color/gateway-identity';
const TRUST = 'color/gateway-trust';

let world: Awaited<ReturnType<typeof startAws>>;
let authorityArn: string;
let certificateArn: string;

beforeEach(async () => {
  world = await startAws();
  const { aws } = world;
  authorityArn = (await aws.privateCa.create({ subject: 'CN=colorgateway root' })).arn;
  certificateArn = (await aws.acm.request({ domainName: 'gateway.mesh.local', authorityArn, algorithm: 'EC_prime256v1' })).arn;
  aws.secretsManager.create({ name: IDENTITY });
  aws.secretsManager.create({ name: TRUST });
});
afterEach(() => world.stop());

async function stored(secretId: string): Promise<Record<string, string>> {
  const { SecretString = '' } = await world.clients.secretsManager.send(new GetSecretValueCommand({ SecretId: secretId }));
  return JSON.parse(SecretString) as Record<string, string>;
}

const operations = (): string[] => world.aws.calls.all.map(({ operation }) => operation);

describe('exportIdentity', () => {
  it('asks for a random password, then exports, then stores (promises 55, 58, 61)', async () => {
    await exportIdentity(world.clients, { certificateArn, secretId: IDENTITY, token: TOKEN });
    expect(operations()).toEqual(['GetRandomPassword', 'ExportCertificate', 'PutSecretValue']);
    expect(world.aws.calls.of('ExportCertificate')[0]?.resource).toBe(certificateArn);
    expect(world.aws.calls.of('PutSecretValue')[0]?.resource).toBe(IDENTITY);
  });

  it('stores exactly four values: certificate, chain, encrypted key, passphrase (promises 60, 62)', async () => {
    await exportIdentity(world.clients, { certificateArn, secretId: IDENTITY, token: TOKEN });
    expect(Object.keys(await stored(IDENTITY))).toEqual(['Certificate', 'CertificateChain', 'PrivateKey', 'Passphrase']);
  });

  it('stores a chain that ends in the root of the certificate\'s own authority (promise 63)', async () => {
    await exportIdentity(world.clients, { certificateArn, secretId: IDENTITY, token: TOKEN });
    const { Certificate = '', CertificateChain = '' } = await stored(IDENTITY);
    const root = world.aws.privateCa.authority(authorityArn).certificatePem;
    expect(CertificateChain).toBe(root);
    expect(new X509Certificate(Certificate).verify(new X509Certificate(root).publicKey)).toBe(true);
  });

  it('stores the key as encrypted PKCS#8 that opens with the stored passphrase and no other (promises 56, 59, 64, 65)', async () => {
    await exportIdentity(world.clients, { certificateArn, secretId: IDENTITY, token: TOKEN });
    const { PrivateKey = '', Passphrase = '' } = await stored(IDENTITY);
    expect(PrivateKey).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/);
    expect(createPrivateKey({ key: PrivateKey, passphrase: Passphrase }).asymmetricKeyType).toBe('ec');
    for (const wrong of [`${Passphrase}x`, Passphrase.slice(1), Passphrase.toLowerCase(), '']) {
      expect(() => createPrivateKey({ key: PrivateKey, passphrase: wrong })).toThrow();
    }
    expect(() => createPrivateKey(PrivateKey)).toThrow();
  });

  it('never mixes two exports: a second one replaces all that is fresh together (promise 66)', async () => {
    await exportIdentity(world.clients, { certificateArn, secretId: IDENTITY, token: TOKEN });
    const first = await stored(IDENTITY);
    await exportIdentity(world.clients, { certificateArn, secretId: IDENTITY, token: OTHER_TOKEN });
    const second = await stored(IDENTITY);
    expect(second.Passphrase).not.toBe(first.Passphrase);
    expect(() => createPrivateKey({ key: second.PrivateKey!, passphrase: first.Passphrase! })).toThrow();
    const key = createPrivateKey({ key: second.PrivateKey!, passphrase: second.Passphrase! });
    expect(new X509Certificate(second.Certificate!).checkPrivateKey(key)).toBe(true);
  });

  it('makes a passphrase of the specified complexity, without what ACM refuses (promise 57)', async () => {
    const complexity = { length: 128, eachType: true, exclude: '"\\' };
    await exportIdentity(world.clients, { certificateArn, secretId: IDENTITY, token: TOKEN, complexity });
    const { Passphrase = '' } = await stored(IDENTITY);
    expect(Passphrase).toMatch(/^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)(?=.*[!-/:-@[-`{-~])[^#$%"\\]{128}$/);
  });

  it('leaves the secret as it was when the export is refused', async () => {
    await exportIdentity(world.clients, { certificateArn, secretId: IDENTITY, token: TOKEN });
    const before = await stored(IDENTITY);
    const missing = certificateArn.replace(/.{4}$/, '0000');
    await expect(exportIdentity(world.clients, { certificateArn: missing, secretId: IDENTITY, token: OTHER_TOKEN })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    expect(await stored(IDENTITY)).toEqual(before);
  });

  it('lets the first outcome of an occasion stand when the same occasion is tried again', async () => {
    const first = await exportIdentity(world.clients, { certificateArn, secretId: IDENTITY, token: TOKEN });
    const before = await stored(IDENTITY);
    expect(await exportIdentity(world.clients, { certificateArn, secretId: IDENTITY, token: TOKEN })).toEqual(first);
    expect(await stored(IDENTITY)).toEqual(before);
  });

  it('makes the certificate eligible for renewal', async () => {
    const eligibility = async (): Promise<string | undefined> => {
      const { Certificate } = await world.clients.acm.send(new DescribeCertificateCommand({ CertificateArn: certificateArn }));
      return Certificate?.RenewalEligibility;
    };
    expect(await eligibility()).toBe('INELIGIBLE');
    await exportIdentity(world.clients, { certificateArn, secretId: IDENTITY, token: TOKEN });
    expect(await eligibility()).toBe('ELIGIBLE');
  });
});

describe('exportTrust', () => {
  it('stores a root alone, in a secret of its own, without any key (promise 77)', async () => {
    const { versionId } = await exportTrust(world.clients, { authorityArns: [authorityArn], secretId: TRUST, token: TOKEN });
    expect(versionId).toBe(TOKEN);
    expect(await stored(TRUST)).toEqual({ TrustBundle: world.aws.privateCa.authority(authorityArn).certificatePem });
    expect(operations()).toEqual(['GetCertificateAuthorityCertificate', 'PutSecretValue', 'GetSecretValue']);
  });

  it('stores an intermediate together with its issuers', async () => {
    const { arn } = await world.aws.privateCa.create({ subject: 'CN=intermediate', issuerArn: authorityArn, pathLength: 0 });
    await exportTrust(world.clients, { authorityArns: [arn], secretId: TRUST, token: TOKEN });
    const { certificatePem, chainPem } = world.aws.privateCa.authority(arn);
    expect(await stored(TRUST)).toEqual({ TrustBundle: certificatePem + chainPem });
  });

  it('stores two CAs while one succeeds the other', async () => {
    const { arn } = await world.aws.privateCa.create({ subject: 'CN=successor' });
    await exportTrust(world.clients, { authorityArns: [authorityArn, arn], secretId: TRUST, token: TOKEN });
    const [old, successor] = [authorityArn, arn].map((each) => world.aws.privateCa.authority(each).certificatePem);
    expect(await stored(TRUST)).toEqual({ TrustBundle: `${old}${successor}` });
  });
});
