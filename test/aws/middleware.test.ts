import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { callAws } from '../../src/aws/call.ts';
import { type Aws, createAws } from '../../src/aws/clients.ts';
import { systemClock } from '../../src/clock.ts';
import { readAwsSettings } from '../../src/config/aws-settings.ts';
import { startAws } from '../fixtures/aws.ts';

const KEYS = { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'example' };
const CALL = { action: 'secretsmanager:GetSecretValue', resource: 'color', region: 'eu-west-1' };

let aws: Aws | undefined;
afterEach(() => {
  aws?.destroy();
  vi.unstubAllEnvs();
});

function open(env: Record<string, string>, allowPlainHttp = false): Aws {
  aws = createAws(readAwsSettings({ ...KEYS, ...env }, allowPlainHttp), { ...KEYS, ...env }, systemClock);
  return aws;
}

function ask(clients: Aws, region = 'eu-west-1'): Promise<unknown> {
  return callAws(CALL, new AbortController().signal, async () => (await clients.secretsManager(region)).send(new GetSecretValueCommand({ SecretId: 'color' })));
}

test('plain HTTP off the machine is refused at the last moment, too, for every service (promise 128)', async () => {
  const clients = open({ AWS_ENDPOINT_URL: 'http://aws.invalid' });
  const refusal = { code: 'environment-refused', message: 'the AWS endpoint http://aws.invalid is plain HTTP and not loopback' };
  await expect(ask(clients)).rejects.toMatchObject(refusal);
  const { GetCertificateAuthorityCertificateCommand } = await import('../../src/aws/acm-pca.ts');
  const pca = await clients.acmPca('eu-west-1');
  const arn = 'arn:aws:acm-pca:eu-west-1:111122223333:certificate-authority/0f0e0d0c';
  await expect(pca.send(new GetCertificateAuthorityCertificateCommand({ CertificateAuthorityArn: arn }))).rejects.toMatchObject(refusal);
});

test('an endpoint from the SDK\'s own configuration file is refused as well (promise 128)', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'aws-config-'));
  const file = path.join(folder, 'config');
  fs.writeFileSync(file, '[default]\nendpoint_url = http://aws.invalid\n');
  vi.stubEnv('AWS_CONFIG_FILE', file);
  try {
    await expect(ask(open({}))).rejects.toMatchObject({ code: 'environment-refused' });
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

test('plain HTTP to a host that is not loopback by name is tried when it is allowed (promise 128)', async () => {
  // 0.0.0.0 is no loopback name, yet Linux connects it to this machine
  const endpoint = { AWS_ENDPOINT_URL: 'http://0.0.0.0:1' };
  await expect(ask(open(endpoint))).rejects.toMatchObject({ code: 'environment-refused' });
  await expect(ask(open(endpoint, true))).rejects.toMatchObject({ code: 'source-unavailable', message: expect.stringContaining('ECONNREFUSED') as string });
});

test('credentials that AWS calls expired are fetched anew for the next attempt, whatever their own date says', async () => {
  let refusals = 1;
  const { aws: embedded, stop } = await startAws({ fault: ({ operation }) => (operation === 'GetSecretValue' && refusals-- > 0 ? { kind: 'expired-token' } : undefined) });
  aws = createAws(readAwsSettings(embedded.environment, false), embedded.environment, systemClock);
  await expect(ask(aws, 'eu-central-1')).rejects.toMatchObject({ code: 'credentials-expired' });
  expect(embedded.calls.of('GetCredentials')).toHaveLength(2);
  await expect(ask(aws, 'eu-central-1')).rejects.toMatchObject({ code: 'source-not-found' });
  expect(embedded.calls.of('GetCredentials')).toHaveLength(2);
  await stop();
});

test('a refusal carries the time of the signature, so that both clocks can be named', async () => {
  const skew = { kind: 'clock-skew', aheadMs: -1_200_000, as: 'RequestTimeTooSkewed', dated: false } as const;
  const { aws: embedded, stop } = await startAws({ fault: () => skew });
  await expect(ask(open({ AWS_ENDPOINT_URL: embedded.url }))).rejects.toMatchObject({ code: 'clock-skewed', message: expect.stringMatching(/: here it is 20\d\d-/) as string });
  await stop();
});
