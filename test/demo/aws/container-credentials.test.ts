import { fromHttp } from '@aws-sdk/credential-provider-http';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { expect, it } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { startAws } from '../../fixtures/aws.ts';
import { FakeClock } from '../../fixtures/fake-clock.ts';

it('gives temporary credentials for six hours, as ECS does', async () => {
  const { aws, stop } = await startAws({ clock: new FakeClock('2026-11-23T12:00:00Z') });
  const credentials = await fromHttp({ awsContainerCredentialsFullUri: aws.credentialsUrl })();
  expect(credentials.accessKeyId).toMatch(/^ASIA[A-Z0-9]{16}$/);
  expect(credentials.secretAccessKey).toBeTruthy();
  expect(credentials.sessionToken).toBeTruthy();
  expect(credentials.expiration).toEqual(new Date('2026-11-23T18:00:00Z'));
  expect(aws.calls.of('GetCredentials')).toHaveLength(1);
  await stop();
});

it('is asked once by a client that makes many calls', async () => {
  const { aws, stop } = await startAws({ clock: systemClock });
  const credentials = fromHttp({ awsContainerCredentialsFullUri: aws.credentialsUrl });
  const client = new SecretsManagerClient({ endpoint: aws.url, region: 'eu-central-1', credentials, maxAttempts: 1 });
  for (let i = 0; i < 3; i += 1) await expect(client.send(new GetSecretValueCommand({ SecretId: 'x' }))).rejects.toThrow("can't find");
  client.destroy();
  expect(aws.calls.of('GetCredentials')).toHaveLength(1);
  expect(aws.calls.of('GetSecretValue')).toHaveLength(3);
  await stop();
});
