import { expect, test } from 'vitest';
import { refuseUnsafeEnvironment } from '../../src/config/refusals.ts';
import { AgentError } from '../../src/errors.ts';

function refusal(env: Record<string, string>): AgentError | undefined {
  try {
    refuseUnsafeEnvironment(env);
    return undefined;
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(AgentError);
    return thrown as AgentError;
  }
}

test('an ordinary environment is accepted', () => {
  expect(
    refusal({
      NODE_OPTIONS: '--max-old-space-size=64 --v8-pool-size=0 --enable-source-maps',
      NODE_TLS_REJECT_UNAUTHORIZED: '1',
      NODE_EXTRA_CA_CERTS: '/etc/ca.pem',
      AWS_ENDPOINT_URL: 'https://vpce.example',
      MTLS_NOTICES: 'arn:aws:sqs:eu-west-1:111122223333:notices',
    }),
  ).toBeUndefined();
});

test.each([
  '--inspect',
  '--inspect-brk=0.0.0.0:9229',
  '--inspect_brk',
  '--max-old-space-size=64 --inspect-port=0',
  '--require /tmp/x.js',
  '-r /tmp/x.js',
  '"--require" "/a b/x.js"',
  '--import=/tmp/x.mjs',
  '--experimental-loader ./x.mjs',
  '--report-on-signal',
  '--report_uncaught_exception',
  '--heapsnapshot-signal=SIGUSR2',
  '--heap-prof',
  '--abort-on-uncaught-exception',
  '--tls-keylog=/tmp/keys',
])('NODE_OPTIONS=%s is refused (promise 129)', (options) => {
  const error = refusal({ NODE_OPTIONS: options });
  expect(error).toMatchObject({ code: 'environment-refused', exitCode: 78 });
  expect(error?.message).toMatch(/^environment: NODE_OPTIONS: -/);
});

test('a TLS client that accepts any server is refused', () => {
  expect(refusal({ NODE_TLS_REJECT_UNAUTHORIZED: '0' })?.message).toContain('NODE_TLS_REJECT_UNAUTHORIZED: "0" would accept any server as AWS');
});

test.each(['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_SECRETS_MANAGER', 'AWS_ENDPOINT_URL_SQS', 'MTLS_NOTICES'])(
  'plain HTTP in %s is refused off the machine, accepted on it and by the named opt-in (promise 128)',
  (name) => {
    expect(refusal({ [name]: 'http://10.0.0.1:4566/q' })?.message).toContain(`${name}: "http://10.0.0.1:4566/q" is plain HTTP and its host is not loopback`);
    expect(refusal({ [name]: 'http://127.0.0.1:4566/q' })).toBeUndefined();
    expect(refusal({ [name]: 'http://[::1]:4566/q' })).toBeUndefined();
    expect(refusal({ [name]: 'http://10.0.0.1:4566/q', MTLS_ALLOW_HTTP_ENDPOINT: 'true' })).toBeUndefined();
    expect(refusal({ [name]: 'http://10.0.0.1:4566/q', MTLS_ALLOW_HTTP_ENDPOINT: 'false' })).toBeDefined();
  },
);

test('a host that only begins like loopback is not loopback (promise 128)', () => {
  expect(refusal({ AWS_ENDPOINT_URL: 'http://127.0.0.1.example' })).toBeDefined();
  expect(refusal({ AWS_ENDPOINT_URL: 'http://localhost@10.0.0.1' })).toBeDefined();
});

test('what is not a URL is refused, too', () => {
  expect(refusal({ AWS_ENDPOINT_URL: 'localhost:4566' })?.message).toContain('is not a URL of AWS, expected https://HOST');
});

test('all reasons are listed together', () => {
  const error = refusal({ NODE_OPTIONS: '--inspect', NODE_TLS_REJECT_UNAUTHORIZED: '0', AWS_ENDPOINT_URL: 'http://aws.example' });
  expect(error?.message.split('\n')).toHaveLength(4);
  expect(error?.message).toMatch(/^environment: 3 settings are refused\n/);
});
