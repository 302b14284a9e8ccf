import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { callAws } from '../../src/aws/call.ts';
import { credentialsOf } from '../../src/aws/credentials.ts';
import { type Clock, systemClock } from '../../src/clock.ts';
import { readAwsSettings } from '../../src/config/aws-settings.ts';
import type { Environment } from '../../src/config/environment.ts';
import type { Fault } from '../../src/demo/aws/fault.ts';
import { FakeClock } from '../fixtures/fake-clock.ts';
import { type EmbeddedAws, startEmbeddedAws } from '../../src/demo/aws/embedded-aws.ts';

let embedded: EmbeddedAws;
let fault: Fault | undefined;
beforeEach(async () => {
  fault = undefined;
  embedded = await startEmbeddedAws({ clock: systemClock, port: 0, region: 'eu-west-1', account: '111122223333', fault: () => fault });
});
afterEach(async () => {
  await embedded.close();
  vi.unstubAllEnvs();
});

function credentials(env: Environment, clock: Clock = systemClock) {
  const provider = credentialsOf(readAwsSettings(env, false), env, clock);
  const call = { action: 'a:B', resource: 'r', region: 'eu-west-1' };
  return callAws(call, new AbortController().signal, () => provider());
}

test('asks the container\'s endpoint (task role of ECS)', async () => {
  const given = await credentials(embedded.environment);
  expect(given.accessKeyId).toMatch(/^ASIA/);
  expect(given.expiration?.getTime()).toBeGreaterThan(systemClock.now().getTime());
  expect(embedded.calls.of('GetCredentials')).toHaveLength(1);
});

test('takes the endpoint from the environment it was handed, not from that of the process', async () => {
  vi.stubEnv('AWS_CONTAINER_CREDENTIALS_RELATIVE_URI', '/elsewhere');
  expect((await credentials(embedded.environment)).accessKeyId).toMatch(/^ASIA/);
});

test('an endpoint that is down is reported at once, as missing credentials', async () => {
  const env = { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1:1/credentials' };
  await expect(credentials(env)).rejects.toMatchObject({ code: 'credentials-missing', exitCode: 77, message: expect.stringContaining('ECONNREFUSED') as string });
});

test('an endpoint that is neither the container host nor loopback gets nothing', async () => {
  const env = { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://10.0.0.1/credentials' };
  await expect(credentials(env)).rejects.toMatchObject({ code: 'credentials-missing', message: expect.stringContaining('URL not accepted') as string });
});

test('keys in the environment win, with and without a session', async () => {
  const keys = { ...embedded.environment, AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'example' };
  expect(await credentials(keys)).toEqual({ accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example' });
  expect(await credentials({ ...keys, AWS_SESSION_TOKEN: 'session' })).toMatchObject({ sessionToken: 'session' });
  expect(embedded.calls.of('GetCredentials')).toHaveLength(0);
});

test('the full chain reads a profile', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'aws-profile-'));
  const file = path.join(folder, 'credentials');
  fs.writeFileSync(file, '[color]\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = example\n');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', file);
  vi.stubEnv('AWS_PROFILE', 'color');
  try {
    expect(await credentials({ AWS_PROFILE: 'color' })).toMatchObject({ accessKeyId: 'AKIAPROFILE' });
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

test('a chain that finds nothing says what to set', async () => {
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nonexistent');
  vi.stubEnv('AWS_CONFIG_FILE', '/nonexistent');
  await expect(credentials({})).rejects.toMatchObject({ code: 'credentials-missing', hint: expect.stringContaining('task role') as string });
});

test.each([
  [{ kind: 'throttle' }, 'Server responded with status: 400'],
  [{ kind: 'server-error' }, 'Server responded with status: 500'],
  [{ kind: 'wrong-body' }, 'the answer is not JSON'],
  [{ kind: 'half-body' }, 'the answer is not JSON'],
  [{ kind: 'cut-body' }, 'aborted'],
  [{ kind: 'reset' }, 'TimeoutError: read ECONNRESET'],
] as const)('an endpoint that suffers %o is told as missing credentials, without a word of its answer', async (suffered, why) => {
  fault = suffered;
  await expect(credentials(embedded.environment)).rejects.toMatchObject({ code: 'credentials-missing', message: `no AWS credentials from the container's endpoint: ${why}` });
});

test.each([{ kind: 'delay', ms: 3_600_000 }, { kind: 'slow-drip', everyMs: 3_600_000 }] as const)('an endpoint that suffers %o is not waited for, and asked again next time', async (suffered) => {
  const clock = new FakeClock();
  const provider = credentialsOf(readAwsSettings(embedded.environment, false), embedded.environment, clock);
  fault = suffered;
  const failed = expect(provider()).rejects.toMatchObject({ code: 'credentials-missing', message: "no AWS credentials from the container's endpoint: no answer within 2 s" });
  await expect.poll(() => embedded.calls.of('GetCredentials').length).toBe(1);
  await clock.advance(2000);
  await failed;
  fault = undefined;
  expect((await provider()).accessKeyId).toMatch(/^ASIA/);
});
