import { PutSecretValueCommand, type PutSecretValueCommandInput } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Aws, createAws } from '../../src/aws/clients.ts';
import { systemClock } from '../../src/clock.ts';
import { readAwsSettings } from '../../src/config/aws-settings.ts';
import { type EmbeddedAws, startEmbeddedAws } from '../../src/demo/aws/embedded-aws.ts';
import type { FaultHook } from '../../src/demo/aws/fault.ts';
import { openSource } from '../../src/source/open.ts';
import type { Source } from '../../src/source/source.ts';

const DOCUMENT = '{"Certificate":"c","CertificateChain":"","PrivateKey":"k","Passphrase":"p"}';

let embedded: EmbeddedAws;
let aws: Aws;
let fault: FaultHook;
beforeEach(async () => {
  fault = () => undefined;
  embedded = await startEmbeddedAws({ clock: systemClock, port: 0, region: 'eu-west-1', account: '111122223333', fault: (call) => fault(call) });
  aws = createAws(readAwsSettings(embedded.environment, false), embedded.environment, systemClock);
});
afterEach(async () => {
  aws.destroy();
  await embedded.close();
});

function open(text: string): Source {
  return openSource('identity', text, { aws, env: {} });
}

async function put(value: Omit<PutSecretValueCommandInput, 'SecretId'>): Promise<string | undefined> {
  const { VersionId } = await (await aws.secretsManager('eu-west-1')).send(new PutSecretValueCommand({ SecretId: 'color/gateway', ...value }));
  return VersionId;
}

const signal = new AbortController().signal;

test('fetches the document by name, ARN and partial ARN, with Secrets Manager\'s own version', async () => {
  const { arn } = embedded.secretsManager.create({ name: 'color/gateway' });
  const version = await put({ SecretString: DOCUMENT });
  for (const text of ['secret:color/gateway', arn, arn.replace(/-\w{6}$/, '')]) {
    const source = open(text);
    const fetched = await source.fetch(signal);
    expect(fetched.version).toBe(version);
    expect(fetched.text.reveal()).toBe(DOCUMENT);
    expect(source.description).toBe(text);
    expect(source.pollMs).toBe(60_000);
  }
});

test('an ARN carries its region even when AWS_REGION is not set', async () => {
  const { arn } = embedded.secretsManager.create({ name: 'color/gateway' });
  await put({ SecretString: DOCUMENT });
  const env = { ...embedded.environment, AWS_REGION: undefined };
  const regionless = createAws(readAwsSettings(env, false), env, systemClock);
  const ports = { aws: regionless, env };
  expect((await openSource('identity', arn, ports).fetch(signal)).text.reveal()).toBe(DOCUMENT);
  expect(() => openSource('identity', 'secret:color/gateway', ports)).toThrow(expect.objectContaining({ code: 'config-invalid', message: 'there is no AWS region' }));
  regionless.destroy();
});

test('follows the staging label that was asked for', async () => {
  embedded.secretsManager.create({ name: 'color/gateway' });
  await put({ SecretString: 'old' });
  const source = open('secret:color/gateway');
  const first = await source.fetch(signal);
  await put({ SecretString: 'new' });
  const second = await source.fetch(signal);
  expect(second.text.reveal()).toBe('new');
  expect(second.version).not.toBe(first.version);
  expect((await open('secret:color/gateway?stage=AWSPREVIOUS').fetch(signal)).version).toBe(first.version);
});

test('its version is told without its value being read, for whatever label', async () => {
  embedded.secretsManager.create({ name: 'color/gateway' });
  const source = open('secret:color/gateway');
  expect(await source.version?.(signal)).toBeUndefined();
  const first = await put({ SecretString: 'old' });
  const second = await put({ SecretString: 'new' });
  expect(await source.version?.(signal)).toBe(second);
  expect(await open('secret:color/gateway?stage=AWSPREVIOUS').version?.(signal)).toBe(first);
  expect(embedded.calls.of('GetSecretValue')).toEqual([]);
});

test('whoever may not describe the secret is not asked for its version again, and reads it', async () => {
  embedded.secretsManager.create({ name: 'color/gateway' });
  await put({ SecretString: DOCUMENT });
  fault = ({ operation }) => (operation === 'DescribeSecret' ? { kind: 'access-denied' } : undefined);
  const source = open('secret:color/gateway');
  expect(await source.version?.(signal)).toBeUndefined();
  expect(await source.version?.(signal)).toBeUndefined();
  expect(embedded.calls.of('DescribeSecret')).toHaveLength(1);
  expect((await source.fetch(signal)).text.reveal()).toBe(DOCUMENT);
});

test('a question for the version that fails otherwise is a failure of the source', async () => {
  embedded.secretsManager.create({ name: 'color/gateway' });
  fault = ({ operation }) => (operation === 'DescribeSecret' ? { kind: 'throttle' } : undefined);
  await expect(open('secret:color/gateway').version?.(signal)).rejects.toMatchObject({ code: 'source-throttled', message: expect.stringContaining('secretsmanager:DescribeSecret') as string });
});

test('takes bytes that are UTF-8 text and refuses others', async () => {
  embedded.secretsManager.create({ name: 'color/gateway' });
  await put({ SecretBinary: Buffer.from(DOCUMENT) });
  expect((await open('secret:color/gateway').fetch(signal)).text.reveal()).toBe(DOCUMENT);
  await put({ SecretBinary: Buffer.from([0x30, 0x82, 0xff, 0xfe]) });
  await expect(open('secret:color/gateway').fetch(signal)).rejects.toMatchObject({
    code: 'document-unreadable',
    message: 'secret:color/gateway is binary (4 bytes) and not UTF-8 text',
  });
});

test('a secret that was made and not yet filled is not filled yet, an unknown one does not exist', async () => {
  embedded.secretsManager.create({ name: 'color/gateway' });
  await expect(open('secret:color/gateway').fetch(signal)).rejects.toMatchObject({ code: 'source-placeholder', exitCode: 69 });
  await expect(open('secret:color/gatway').fetch(signal)).rejects.toMatchObject({ code: 'source-not-found', message: 'color/gatway does not exist in eu-west-1' });
});

test('a throttled service is asked twice, then the agent decides when to look again', async () => {
  embedded.secretsManager.create({ name: 'color/gateway' });
  fault = ({ operation }) => (operation === 'GetSecretValue' ? { kind: 'throttle' } : undefined);
  await expect(open('secret:color/gateway').fetch(signal)).rejects.toMatchObject({ code: 'source-throttled', retryable: true });
  expect(embedded.calls.of('GetSecretValue')).toHaveLength(2);
});

test('one failure of the service does not become one of ours', async () => {
  embedded.secretsManager.create({ name: 'color/gateway' });
  await put({ SecretString: DOCUMENT });
  let failures = 1;
  fault = ({ operation }) => (operation === 'GetSecretValue' && failures-- > 0 ? { kind: 'server-error' } : undefined);
  expect((await open('secret:color/gateway').fetch(signal)).text.reveal()).toBe(DOCUMENT);
});

test('a denied access names who, what and on what', async () => {
  embedded.secretsManager.create({ name: 'color/gateway' });
  fault = ({ operation }) => (operation === 'GetSecretValue' ? { kind: 'access-denied' } : undefined);
  await expect(open('secret:color/gateway').fetch(signal)).rejects.toMatchObject({
    code: 'access-denied',
    message: expect.stringMatching(/^arn:aws:sts::111122223333:assumed-role\/\S+ may not secretsmanager:GetSecretValue on color\/gateway: no identity-based policy/) as string,
  });
  expect(embedded.calls.of('GetSecretValue')).toHaveLength(1);
});

test.each(['GetSecretValue', 'GetCredentials'])('an abort ends the fetch at once while %s hangs', async (slow) => {
  embedded.secretsManager.create({ name: 'color/gateway' });
  const controller = new AbortController();
  fault = ({ operation }) => {
    if (operation !== slow) return undefined;
    queueMicrotask(() => controller.abort(new Error('stopped')));
    return { kind: 'delay', ms: 3_600_000 };
  };
  await expect(open('secret:color/gateway').fetch(controller.signal)).rejects.toThrow('stopped');
});
