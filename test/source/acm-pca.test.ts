import { X509Certificate } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Aws, createAws } from '../../src/aws/clients.ts';
import { systemClock } from '../../src/clock.ts';
import { readAwsSettings } from '../../src/config/aws-settings.ts';
import { type EmbeddedAws, startEmbeddedAws } from '../../src/demo/aws/embedded-aws.ts';
import { openSource } from '../../src/source/open.ts';

let embedded: EmbeddedAws;
let aws: Aws;
beforeEach(async () => {
  embedded = await startEmbeddedAws({ clock: systemClock, port: 0, region: 'eu-west-1', account: '111122223333' });
  aws = createAws(readAwsSettings(embedded.environment, false), embedded.environment, systemClock);
});
afterEach(async () => {
  aws.destroy();
  await embedded.close();
});

const signal = new AbortController().signal;

/** Subjects of the bundle's certificates, in order. */
async function subjects(arn: string): Promise<string[]> {
  const { text } = await openSource('trust', arn, { aws, env: {} }).fetch(signal);
  const { TrustBundle } = JSON.parse(text.reveal()) as { TrustBundle: string };
  return [...TrustBundle.matchAll(/-----BEGIN[\s\S]*?-----END CERTIFICATE-----\n/g)].map(([pem]) => new X509Certificate(pem).subject);
}

test('a root CA is the whole bundle (promise 29)', async () => {
  const { arn } = await embedded.privateCa.create({ subject: 'CN=teller root' });
  expect(await subjects(arn)).toEqual(['CN=teller root']);
});

test('a subordinate CA comes with those above it (promise 29)', async () => {
  const root = await embedded.privateCa.create({ subject: 'CN=teller root' });
  const { arn } = await embedded.privateCa.create({ subject: 'CN=teller issuing', issuerArn: root.arn });
  expect(await subjects(arn)).toEqual(['CN=teller issuing', 'CN=teller root']);
});

test('the version is a digest that stays while the certificates stay, looked at once an hour', async () => {
  const { arn } = await embedded.privateCa.create({ subject: 'CN=teller root' });
  const source = openSource('trust', arn, { aws, env: {} });
  const { version } = await source.fetch(signal);
  expect(version).toMatch(/^[0-9a-f]{64}$/);
  expect((await source.fetch(signal)).version).toBe(version);
  expect(source.pollMs).toBe(3_600_000);
});

test('an unknown CA does not exist', async () => {
  const arn = 'arn:aws:acm-pca:eu-west-1:111122223333:certificate-authority/0f0e0d0c-1111-2222-3333-444455556666';
  await expect(openSource('trust', arn, { aws, env: {} }).fetch(signal)).rejects.toMatchObject({ code: 'source-not-found', message: `${arn} does not exist in eu-west-1` });
});
