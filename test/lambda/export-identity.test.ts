import { DescribeCertificateCommand } from '@aws-sdk/client-acm';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { exportIdentity, finishExport, versionIdOf } from '../../src/lambda/export-identity.ts';
import { startAws } from '../fixtures/aws.ts';

const TOKEN = '00000000-0000-4000-8000-000000000001';
const OTHER_TOKEN = '00000000-0000-4000-8000-000000000002';
const IDENTITY = 'color/gateway-identity';

let world: Awaited<ReturnType<typeof startAws>> & { readonly fault: { operation: string | undefined } };
let authorityArn: string;
let certificateArn: string;

beforeEach(async () => {
  const fault: { operation: string | undefined } = { operation: undefined };
  world = { ...(await startAws({ fault: ({ operation }) => (operation === fault.operation ? { kind: 'server-error' } : undefined) })), fault };
  const { aws } = world;
  authorityArn = (await aws.privateCa.create({ subject: 'CN=colorgateway root' })).arn;
  certificateArn = (await aws.acm.request({ domainName: 'gateway.mesh.local', authorityArn, algorithm: 'EC_prime256v1' })).arn;
  aws.secretsManager.create({ name: IDENTITY });
});
afterEach(() => world.stop());

async function stored(secretId: string): Promise<Record<string, string>> {
  const { SecretString = '' } = await world.clients.secretsManager.send(new GetSecretValueCommand({ SecretId: secretId }));
  return JSON.parse(SecretString) as Record<string, string>;
}

const operations = (): string[] => world.aws.calls.all.map(({ operation }) => operation);

describe('exportIdentity', () => {
  it('asks for a random password, then exports, then stores (promises 55, 58, 61)', async () => {
    await exportIdentity(world.clients, { certificateArn, secretId: IDENTITY, token: TOKEN }, systemClock);
    expect(operations()).toEqual(['GetRandomPassword', 'ExportCertificate', 'PutSecretValue', 'GetSecretValue', 'DescribeSecret']);
    expect(world.aws.calls.of('ExportCertificate')[0]?.resource).toBe(certificateArn);
    expect(world.aws.calls.of('PutSecretValue')[0]?.resource).toBe(IDENTITY);
  });

  it('stores exactly four values: certificate, chain, encrypted key, passphrase (promises 60, 62)', async () => {
    await exportIdentity(world.clients, { certificateArn, secretId: IDENTITY, token: TOKEN }, systemClock);
    expect(Object.keys(await stored(IDENTITY))).toEqual(['Certificate', 'CertificateChain', 'PrivateKey', 'Passphrase']);
  });

  it('stores a chain that ends in the root of the certificate\'s own authority (promise 63)', async () => {
    await exportIdentity(world.clients, { certificateArn, secretId: IDENTITY, token: TOKEN }, systemClock);
    const { Certificate = '', CertificateChain = '' } = await stored(IDENTITY);
    const root = world.aws.privateCa.authority(authorityArn).certificatePem;
    expect(CertificateChain).toBe(root);
    expect(new X509Certificate(Certificate).verify(new X509Certificate(root).publicKey)).toBe(true);
  });

  it('stores the key as encrypted PKCS#8 that opens with the stored passphrase and no other (promises 56, 59, 64, 65)', async () => {
    await exportIdentity(world.clients, { certificateArn, secretId: IDENTITY, token: TOKEN }, systemClock);
    const { PrivateKey = '', Passphrase = '' } = await stored(IDENTITY);
    expect(PrivateKey).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/);
    expect(createPrivateKey({ key: PrivateKey, passphrase: Passphrase }).asymmetricKeyType).toBe('ec');
    for (const wrong of [`${Passphrase}x`, Passphrase.slice(1), Passphrase.toLowerCase(), '']) {
      expect(() => createPrivateKey({ key: PrivateKey, passphrase: wrong })).toThrow();
    }
    expect(() => createPrivateKey(PrivateKey)).toThrow();
  });

  it('never mixes two exports: a second one replaces all that is fresh together (promise 66)', async () => {
    await exportIdentity(world.clients, { certificateArn, secretId: IDENTITY, token: TOKEN }, systemClock);
    const first = await stored(IDENTITY);
    await exportIdentity(world.clients, { certificateArn, secretId: IDENTITY, token: OTHER_TOKEN }, systemClock);
    const second = await stored(IDENTITY);
    expect(second.Passphrase).not.toBe(first.Passphrase);
    expect(() => createPrivateKey({ key: second.PrivateKey!, passphrase: first.Passphrase! })).toThrow();
    const key = createPrivateKey({ key: second.PrivateKey!, passphrase: second.Passphrase! });
    expect(new X509Certificate(second.Certificate!).checkPrivateKey(key)).toBe(true);
  });

  it('makes a passphrase of the specified complexity, without what ACM refuses (promise 57)', async () => {
    const complexity = { length: 128, eachType: true, exclude: '"\\' };
    await exportIdentity(world.clients, { certificateArn, secretId: IDENTITY, token: TOKEN, complexity }, systemClock);
    const { Passphrase = '' } = await stored(IDENTITY);
    expect(Passphrase).toMatch(/^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)(?=.*[!-/:-@[-`{-~])[^#$%"\\]{128}$/);
  });

  it('leaves the secret as it was when the export is refused', async () => {
    await exportIdentity(world.clients, { certificateArn, secretId: IDENTITY, token: TOKEN }, systemClock);
    const before = await stored(IDENTITY);
    const missing = certificateArn.replace(/.{4}$/, '0000');
    await expect(exportIdentity(world.clients, { certificateArn: missing, secretId: IDENTITY, token: OTHER_TOKEN }, systemClock)).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    expect(await stored(IDENTITY)).toEqual(before);
  });

  it('lets the first outcome of an occasion stand when the same occasion is tried again', async () => {
    const first = await exportIdentity(world.clients, { certificateArn, secretId: IDENTITY, token: TOKEN }, systemClock);
    const before = await stored(IDENTITY);
    expect(await exportIdentity(world.clients, { certificateArn, secretId: IDENTITY, token: TOKEN }, systemClock)).toEqual(first);
    expect(await stored(IDENTITY)).toEqual(before);
  });

  it('makes the certificate eligible for renewal', async () => {
    const eligibility = async (): Promise<string | undefined> => {
      const { Certificate } = await world.clients.acm.send(new DescribeCertificateCommand({ CertificateArn: certificateArn }));
      return Certificate?.RenewalEligibility;
    };
    expect(await eligibility()).toBe('INELIGIBLE');
    await exportIdentity(world.clients, { certificateArn, secretId: IDENTITY, token: TOKEN }, systemClock);
    expect(await eligibility()).toBe('ELIGIBLE');
  });

  it('makes current only what was read back and opened: until then the old version is in force (promise 113)', async () => {
    await exportIdentity(world.clients, { certificateArn, secretId: IDENTITY, token: TOKEN }, systemClock);
    const before = operations().length;
    await exportIdentity(world.clients, { certificateArn, secretId: IDENTITY, token: OTHER_TOKEN }, systemClock);
    expect(operations().slice(before)).toEqual(['GetRandomPassword', 'ExportCertificate', 'PutSecretValue', 'GetSecretValue', 'DescribeSecret', 'UpdateSecretVersionStage']);
  });

  it('stores nothing that it cannot open: a certificate for servers only, wanted for clients', async () => {
    const { arn } = await world.aws.acm.request({ domainName: 'server.mesh.local', authorityArn, algorithm: 'EC_prime256v1', changes: { purposes: ['server'] } });
    const wanted = { certificateArn: arn, secretId: IDENTITY, token: TOKEN };
    await expect(exportIdentity(world.clients, { ...wanted, roles: ['client'] }, systemClock)).rejects.toMatchObject({ code: 'certificate-purpose' });
    expect(operations()).not.toContain('PutSecretValue');
    await exportIdentity(world.clients, { ...wanted, roles: ['server'] }, systemClock);
  });

  it('refuses another serial than the one that was described: ACM renews at this moment (promise 114)', async () => {
    await expect(exportIdentity(world.clients, { certificateArn, secretId: IDENTITY, token: TOKEN, serial: 'abc' }, systemClock)).rejects.toMatchObject({ message: expect.stringContaining('where abc was described') as string });
    expect(operations()).not.toContain('PutSecretValue');
  });

  it('goes on where an attempt ended after its version was stored, without another export', async () => {
    await exportIdentity(world.clients, { certificateArn, secretId: IDENTITY, token: TOKEN }, systemClock);
    const fault = world.fault;
    fault.operation = 'UpdateSecretVersionStage';
    await expect(exportIdentity(world.clients, { certificateArn, secretId: IDENTITY, token: OTHER_TOKEN }, systemClock)).rejects.toThrow();
    fault.operation = undefined;
    const before = world.aws.calls.of('ExportCertificate').length;
    await finishExport(world.clients, { certificateArn, secretId: IDENTITY, token: OTHER_TOKEN }, systemClock);
    expect(world.aws.calls.of('ExportCertificate')).toHaveLength(before);
    const { VersionId } = await world.clients.secretsManager.send(new GetSecretValueCommand({ SecretId: IDENTITY }));
    expect(VersionId).toBe(OTHER_TOKEN);
  });

  it('has one version id for a certificate in a secret, of a length that AWS takes', () => {
    const id = versionIdOf(IDENTITY, certificateArn, '51');
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    expect(versionIdOf(IDENTITY, certificateArn, '51')).toBe(id);
    for (const other of [versionIdOf('x', certificateArn, '51'), versionIdOf(IDENTITY, 'x', '51'), versionIdOf(IDENTITY, certificateArn, '52')]) expect(other).not.toBe(id);
  });
});
