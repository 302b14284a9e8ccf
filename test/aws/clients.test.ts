import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { afterEach, expect, test } from 'vitest';
import { callAws } from '../../src/aws/call.ts';
import { type Aws, createAws } from '../../src/aws/clients.ts';
import { systemClock } from '../../src/clock.ts';
import { readAwsSettings } from '../../src/config/aws-settings.ts';
import { listen } from '../../src/demo/aws/http.ts';

const KEYS = { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'example' };
const CALL = { action: 'secretsmanager:GetSecretValue', resource: 'color', region: 'eu-west-1' };

let aws: Aws | undefined;
afterEach(() => {
  aws?.destroy();
});

function open(env: Record<string, string>): Aws {
  aws = createAws(readAwsSettings({ ...KEYS, ...env }, false), { ...KEYS, ...env }, systemClock);
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

test.each([
  [
    'a skewed clock',
    400,
    '{"__type":"InvalidSignatureException","message":"Signature expired: 20261123T120000Z is now earlier than 20261123T121500Z (20261123T122000Z - 5 min.)"}',
    { code: 'clock-skewed', message: 'this machine\'s clock is wrong: here it is 2026-11-23T12:00:00Z, at AWS 2026-11-23T12:20:00Z, 20 min behind' },
  ],
  ['a clock that AWS calls skewed', 400, '{"__type":"RequestTimeTooSkewed","message":"too large"}', { code: 'clock-skewed', message: expect.stringMatching(/: here it is 20\S+, the answer is dated 20\S+, and AWS says: too large$/) as string }],
  ['expired credentials', 400, '{"__type":"ExpiredTokenException","message":"The security token included in the request is expired"}', { code: 'credentials-expired' }],
  ['a proxy\'s page', 502, '<html>hunter2</html>', { code: 'source-unavailable', message: expect.not.stringContaining('hunter2') as string }],
  ['an answer that is not JSON', 200, '{"SecretString": "hunter2', { code: 'source-unavailable', message: expect.not.stringContaining('hunter2') as string }],
])('%s is recognised in what the SDK makes of a real answer', async (_what, status, body, expected) => {
  const server = await listen(0, () => Promise.resolve({ status, headers: { 'content-type': 'application/x-amz-json-1.1' }, body }));
  try {
    await expect(ask(open({ AWS_ENDPOINT_URL: server.url }))).rejects.toMatchObject(expected);
  } finally {
    await server.close();
  }
});
