import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { readAwsSettings } from '../../src/config/aws-settings.ts';
import { checkCredentials } from '../../src/preflight/credentials.ts';
import { startAws } from '../fixtures/aws.ts';

let started: Awaited<ReturnType<typeof startAws>>;
beforeEach(async () => {
  started = await startAws();
});
afterEach(() => started.stop());

const check = (env: Record<string, string>): ReturnType<typeof checkCredentials> => checkCredentials(readAwsSettings(env, false), env, systemClock);

describe('the check of credentials', () => {
  it("names the key that the container's endpoint gave, and until when, never its secret", async () => {
    const finding = await check(started.aws.environment);
    expect(finding).toMatchObject({ status: 'ok' });
    expect(finding.message).toMatch(/^access key ID \w+ from the container's credentials endpoint, until \d{4}-/);
  });

  it('names keys of the environment', async () => {
    expect((await check({ AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'hidden' })).message).toBe('access key ID AKIDEXAMPLE from keys in the environment');
  });

  it('fails when the endpoint does not answer', async () => {
    const env = { ...started.aws.environment, AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1:1/none' };
    expect(await check(env)).toMatchObject({ status: 'failed', code: 'credentials-missing' });
  });
});
