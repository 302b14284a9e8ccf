import { GetSecretValueCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '../../../src/demo/aws/fault.ts';
import { startAws } from '../../fixtures/aws.ts';
import { FakeClock } from '../../fixtures/fake-clock.ts';

const SecretId = 'color/identity';

let clock: FakeClock;
let fault: Fault;
let world: Awaited<ReturnType<typeof startAws>>;
beforeEach(async () => {
  clock = new FakeClock();
  world = await startAws({ clock, fault: ({ operation }) => (operation === 'GetSecretValue' ? fault : undefined) });
  world.aws.secretsManager.create({ name: SecretId });
  await world.clients.secretsManager.send(new PutSecretValueCommand({ SecretId, SecretString: 'one' }));
});
afterEach(() => world.stop());

const read = (): Promise<unknown> => world.clients.secretsManager.send(new GetSecretValueCommand({ SecretId }));

describe('a fault', () => {
  it('throttles as AWS does', async () => {
    fault = { kind: 'throttle' };
    await expect(read()).rejects.toMatchObject({ name: 'ThrottlingException', message: 'Rate exceeded', $metadata: { httpStatusCode: 400 } });
  });

  it('fails on the server side', async () => {
    fault = { kind: 'server-error' };
    await expect(read()).rejects.toMatchObject({ name: 'InternalServiceError', $fault: 'server', $metadata: { httpStatusCode: 500 } });
  });

  it.each([
    [{ kind: 'server-error', status: 503 }, 'ServiceUnavailable', 503],
    [{ kind: 'expired-token' }, 'ExpiredTokenException', 400],
    [{ kind: 'unknown-token' }, 'UnrecognizedClientException', 400],
    [{ kind: 'decryption-failure' }, 'DecryptionFailure', 400],
  ] as const)('%o is answered with %s', async (wanted, name, status) => {
    fault = wanted;
    await expect(read()).rejects.toMatchObject({ name, $metadata: { httpStatusCode: status } });
  });

  it('denies access, naming action and resource', async () => {
    fault = { kind: 'access-denied' };
    const message =
      'User: arn:aws:sts::123456789012:assumed-role/embedded/task is not authorized to perform: secretsmanager:GetSecretValue on resource: color/identity because no identity-based policy allows the secretsmanager:GetSecretValue action';
    await expect(read()).rejects.toMatchObject({ name: 'AccessDeniedException', message });
  });

  it('holds an answer back until its time, then gives it as usual', async () => {
    fault = { kind: 'delay', ms: 5000 };
    let settled = false;
    const answer = read().finally(() => (settled = true));
    await expect.poll(() => clock.sleeps).toEqual([5000]);
    expect(settled).toBe(false);
    await clock.advance(5000);
    expect(await answer).toMatchObject({ SecretString: 'one' });
  });

  it('concerns the operations it is meant for only', async () => {
    fault = { kind: 'throttle' };
    await world.clients.secretsManager.send(new PutSecretValueCommand({ SecretId, SecretString: 'two' }));
    await expect(read()).rejects.toThrow('Rate exceeded');
  });
});
