import { GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startAws } from '../../fixtures/aws.ts';
import { FakeClock } from '../../fixtures/fake-clock.ts';

const SecretId = 'color/identity';

let clock: FakeClock;
let world: Awaited<ReturnType<typeof startAws>>;
beforeEach(async () => {
  clock = new FakeClock();
  world = await startAws({ clock });
});
afterEach(() => world.stop());

describe('the call log', () => {
  it('keeps operation, resource, time and error of every call in order', async () => {
    const { secretsManager } = world.clients;
    await expect(secretsManager.send(new GetSecretValueCommand({ SecretId }))).rejects.toThrow();
    const first = clock.now();
    world.aws.secretsManager.create({ name: SecretId });
    await clock.advance(1000);
    await secretsManager.send(new PutSecretValueCommand({ SecretId, SecretString: 'hush' }));
    expect(world.aws.calls.all).toEqual([
      { service: 'secretsmanager', operation: 'GetSecretValue', resource: SecretId, at: first, error: 'ResourceNotFoundException' },
      { service: 'secretsmanager', operation: 'PutSecretValue', resource: SecretId, at: clock.now(), error: undefined },
    ]);
    expect(JSON.stringify(world.aws.calls.all)).not.toContain('hush');
  });

  it('counts every attempt of a client that retries', async () => {
    const failing = await startAws({ fault: () => ({ kind: 'server-error' }) });
    const patient = new SecretsManagerClient({
      endpoint: failing.aws.url,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' },
    });
    await expect(patient.send(new GetSecretValueCommand({ SecretId }))).rejects.toThrow();
    patient.destroy();
    expect(failing.aws.calls.of('GetSecretValue').map(({ error }) => error)).toEqual(Array(3).fill('InternalServiceError'));
    await failing.stop();
  });
});
