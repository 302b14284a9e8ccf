import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { callAws } from '../../src/aws/call.ts';
import { type Aws, createAws } from '../../src/aws/clients.ts';
import { readAwsSettings } from '../../src/config/aws-settings.ts';
import { listenOnLoopback } from '../../src/demo/aws/http.ts';

const KEYS = { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'example' };
const CALL = { action: 'secretsmanager:GetSecretValue', resource: 'color', region: 'eu-west-1' };

let aws: Aws | undefined;
afterEach(() => {
  aws?.destroy();
  vi.unstubAllEnvs();
});

function open(env: Record<string, string>, allowPlainHttp = false): Aws {
  aws = createAws(readAwsSettings({ ...KEYS, ...env }, allowPlainHttp), { ...KEYS, ...env });
  return aws;
}

function ask(clients: Aws): Promise<unknown> {
  return callAws(CALL, new AbortController().signal, async () => (await clients.secretsManager('eu-west-1')).send(new GetSecretValueCommand({ SecretId: 'color' })));
}

test('keeps one client per service and region, because it holds connection, credentials and clock offset', async () => {
  const clients = open({});
  const inDublin = await clients.secretsManager(clients.region(undefined));
  const inVirginia = await clients.secretsManager('us-east-1');
  expect(await clients.secretsManager('eu-west-1')).toBe(inDublin);
  expect(inVirginia).not.toBe(inDublin);
  expect(await inVirginia.config.region()).toBe('us-east-1');
  expect(await clients.acmPca('us-east-1')).toBe(await clients.acmPca('us-east-1'));
});

test('asks the SDK for two attempts', async () => {
  const client = await open({}).secretsManager('eu-west-1');
  expect(await client.config.maxAttempts()).toBe(2);
});

test('a service that is not there is unavailable', async () => {
  const refused = ask(open({ AWS_ENDPOINT_URL: 'http://127.0.0.1:1' }));
  await expect(refused).rejects.toMatchObject({ code: 'source-unavailable', message: expect.stringContaining('127.0.0.1:1') as string });
});

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

test.each([
  [
    'a skewed clock',
    400,
    '{"__type":"InvalidSignatureException","message":"Signature expired: 20261123T120000Z is now earlier than 20261123T121500Z (20261123T122000Z - 5 min.)"}',
    { code: 'clock-skewed', message: 'this machine\'s clock is wrong: here it is 2026-11-23T12:00:00Z, at AWS 2026-11-23T12:20:00Z, 20 min behind' },
  ],
  ['a clock whose skew only the Date header tells', 400, '{"__type":"RequestTimeTooSkewed"}', { code: 'clock-skewed', message: expect.stringMatching(/: at AWS it is 20\d\d-/) as string }],
  ['expired credentials', 400, '{"__type":"ExpiredTokenException","message":"The security token included in the request is expired"}', { code: 'credentials-expired' }],
  ['a proxy\'s page', 502, '<html>hunter2</html>', { code: 'source-unavailable', message: expect.not.stringContaining('hunter2') as string }],
  ['an answer that is not JSON', 200, '{"SecretString": "hunter2', { code: 'source-unavailable', message: expect.not.stringContaining('hunter2') as string }],
])('%s is recognised in what the SDK makes of a real answer', async (_what, status, body, expected) => {
  const server = await listenOnLoopback(0, () => Promise.resolve({ status, headers: { 'content-type': 'application/x-amz-json-1.1' }, body }));
  try {
    await expect(ask(open({ AWS_ENDPOINT_URL: server.url }))).rejects.toMatchObject(expected);
  } finally {
    await server.close();
  }
});
