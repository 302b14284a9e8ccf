import { expect, test } from 'vitest';
import { envoyEnvironment } from '../../src/envoy/environment.ts';

test('Envoy sees time zone and tracing, never credentials, secrets or our own settings', () => {
  const ours = {
    TZ: 'UTC',
    DD_AGENT_HOST: '10.0.0.1',
    DD_API_KEY: 'secret',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/credentials/1',
    COLOR_IDENTITY: '{"PrivateKey":"…"}',
    MTLS_IDENTITY: 'env:COLOR_IDENTITY',
    NODE_OPTIONS: '--max-old-space-size=64',
    LD_PRELOAD: '/x.so',
    LANG: undefined,
  };
  expect(envoyEnvironment(ours)).toEqual({ TZ: 'UTC', DD_AGENT_HOST: '10.0.0.1' });
});
