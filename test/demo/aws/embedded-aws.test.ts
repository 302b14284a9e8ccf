import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startAws } from '../../fixtures/aws.ts';
import { FakeClock } from '../../fixtures/fake-clock.ts';

/** A program of the SDK's clients, each with its default settings. */
const ASK_ALL_THREE = `
  const [arn, authorityArn] = process.argv.slice(1);
  const { SecretsManager } = require('@aws-sdk/client-secrets-manager');
  const { ACM } = require('@aws-sdk/client-acm');
  const { ACMPCA } = require('@aws-sdk/client-acm-pca');
  Promise.all([
    new SecretsManager().getRandomPassword({}).then(({ RandomPassword }) => RandomPassword.length),
    new ACM().describeCertificate({ CertificateArn: arn }).then(({ Certificate }) => Certificate.Status),
    new ACMPCA().getCertificateAuthorityCertificate({ CertificateAuthorityArn: authorityArn }).then(({ Certificate }) => Certificate),
  ]).then((answers) => process.stdout.write(JSON.stringify(answers)));
`;

let clock: FakeClock;
let world: Awaited<ReturnType<typeof startAws>>;
beforeEach(async () => {
  clock = new FakeClock();
  world = await startAws({ clock, fault: () => ({ kind: 'delay', ms: 5000 }) });
});
afterEach(() => world.stop());

const read = (): Promise<unknown> => world.clients.secretsManager.send(new GetSecretValueCommand({ SecretId: 'color/identity' }));

describe('startEmbeddedAws', () => {
  it('names region, endpoint and credentials endpoint as the SDK reads them', () => {
    const { url, credentialsUrl, environment } = world.aws;
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(credentialsUrl).toBe(`${url}/credentials`);
    expect(environment).toEqual({ AWS_REGION: 'eu-central-1', AWS_ENDPOINT_URL: url, AWS_CONTAINER_CREDENTIALS_FULL_URI: credentialsUrl });
  });

  it('is found by clients that know nothing but its environment', async () => {
    const { aws, stop } = await startAws();
    const { arn: authorityArn } = await aws.privateCa.create({ subject: 'CN=root' });
    const { arn } = await aws.acm.request({ domainName: 'a.mesh.local', authorityArn, algorithm: 'EC_prime256v1' });
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', ASK_ALL_THREE, arn, authorityArn], { env: { ...aws.environment } });
    expect(JSON.parse(stdout)).toEqual([32, 'ISSUED', aws.privateCa.authority(authorityArn).certificatePem]);
    expect(new Set(aws.calls.all.map(({ service }) => service))).toEqual(new Set(['credentials', 'secretsmanager', 'acm', 'acm-pca']));
    await stop();
  });

  it('does not wait for late answers when it closes, and frees its port', async () => {
    const answer = read();
    await expect.poll(() => clock.sleeps).toEqual([5000]);
    await Promise.all([expect(answer).rejects.toThrow(), world.aws.close()]);
    expect(clock.sleeps).toEqual([]);
    await expect(read()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('is one of many: two stand side by side and share nothing', async () => {
    const other = await startAws();
    other.aws.secretsManager.create({ name: 'color/identity' });
    expect(other.aws.url).not.toBe(world.aws.url);
    await expect(other.clients.secretsManager.send(new GetSecretValueCommand({ SecretId: 'color/identity' }))).rejects.toThrow('AWSCURRENT');
    expect(world.aws.calls.all).toEqual([]);
    await other.stop();
  });

  it('says so when the port is taken', async () => {
    await expect(startAws({ port: Number(new URL(world.aws.url).port) })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
