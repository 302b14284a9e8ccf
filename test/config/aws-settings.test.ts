import { expect, test } from 'vitest';
import { readAwsSettings } from '../../src/config/aws-settings.ts';

const KEYS = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 's' };
const CONTAINER = { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/credentials/x' };

test('the endpoint of a service wins over the general one', () => {
  const env = { AWS_REGION: 'eu-west-1', AWS_ENDPOINT_URL: 'https://general', AWS_ENDPOINT_URL_SECRETS_MANAGER: 'https://secrets', AWS_ENDPOINT_URL_ACM_PCA: 'https://pca' };
  expect(readAwsSettings(env, false)).toMatchObject({
    region: 'eu-west-1',
    endpoints: { secretsManager: 'https://secrets', acmPca: 'https://pca', acm: 'https://general' },
  });
});

test('configured endpoints can be ignored the way the SDK does', () => {
  const { endpoints } = readAwsSettings({ AWS_ENDPOINT_URL: 'https://general', AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' }, false);
  expect(endpoints).toEqual({ secretsManager: undefined, acmPca: undefined, acm: undefined });
});

test.each([
  [{}, 'chain'],
  [KEYS, 'environment'],
  [{ AWS_ACCESS_KEY_ID: 'a' }, 'chain'],
  [CONTAINER, 'container'],
  [{ AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1/x' }, 'container'],
  [{ ...KEYS, ...CONTAINER }, 'environment'],
  [{ ...KEYS, ...CONTAINER, AWS_PROFILE: 'dev' }, 'chain'],
  [{ ...CONTAINER, AWS_WEB_IDENTITY_TOKEN_FILE: '/token' }, 'chain'],
])('%j takes credentials from the %s, in the SDK\'s order', (env, credentials) => {
  expect(readAwsSettings(env, false).credentials).toBe(credentials);
});
