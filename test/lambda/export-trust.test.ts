import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { exportTrust } from '../../src/lambda/export-trust.ts';
import { startAws } from '../fixtures/aws.ts';

const TOKEN = '00000000-0000-4000-8000-000000000001';
const TRUST = 'color/gateway-trust';

let world: Awaited<ReturnType<typeof startAws>>;
let authorityArn: string;

beforeEach(async () => {
  world = await startAws();
  const { aws } = world;
  authorityArn = (await aws.privateCa.create({ subject: 'CN=colorgateway root' })).arn;
  aws.secretsManager.create({ name: TRUST });
});
afterEach(() => world.stop());

async function stored(secretId: string): Promise<Record<string, string>> {
  const { SecretString = '' } = await world.clients.secretsManager.send(new GetSecretValueCommand({ SecretId: secretId }));
  return JSON.parse(SecretString) as Record<string, string>;
}

const operations = (): string[] => world.aws.calls.all.map(({ operation }) => operation);

describe('exportTrust', () => {
  it('stores a root alone, in a secret of its own, without any key (promise 77)', async () => {
    const { versionId } = await exportTrust(world.clients, { authorityArns: [authorityArn], secretId: TRUST, token: TOKEN }, systemClock);
    expect(versionId).toBe(TOKEN);
    expect(await stored(TRUST)).toEqual({ TrustBundle: world.aws.privateCa.authority(authorityArn).certificatePem });
    expect(operations()).toEqual(['GetCertificateAuthorityCertificate', 'PutSecretValue', 'GetSecretValue', 'DescribeSecret', 'GetSecretValue']);
  });

  it('stores an intermediate together with its issuers', async () => {
    const { arn } = await world.aws.privateCa.create({ subject: 'CN=intermediate', issuerArn: authorityArn, pathLength: 0 });
    await exportTrust(world.clients, { authorityArns: [arn], secretId: TRUST, token: TOKEN }, systemClock);
    const { certificatePem, chainPem } = world.aws.privateCa.authority(arn);
    expect(await stored(TRUST)).toEqual({ TrustBundle: certificatePem + chainPem });
  });

  it('stores two CAs while one succeeds the other', async () => {
    const { arn } = await world.aws.privateCa.create({ subject: 'CN=successor' });
    await exportTrust(world.clients, { authorityArns: [authorityArn, arn], secretId: TRUST, token: TOKEN }, systemClock);
    const [old, successor] = [authorityArn, arn].map((each) => world.aws.privateCa.authority(each).certificatePem);
    expect(await stored(TRUST)).toEqual({ TrustBundle: `${old}${successor}` });
  });
});
