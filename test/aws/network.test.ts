import { expect, test } from 'vitest';
import { describeNetworkFailure } from '../../src/aws/network.ts';

const CALL = { action: 'secretsmanager:GetSecretValue', resource: 'color', region: 'eu-wst-1' };

function describe(part: { name?: string; code?: string; message?: string }) {
  return describeNetworkFailure({ name: 'Error', message: '', status: undefined, serverDate: undefined, signedAt: undefined, code: undefined, cause: undefined, ...part }, CALL);
}

test('a host without an address hints at the region', () => {
  const described = describe({ code: 'ENOTFOUND', message: 'getaddrinfo ENOTFOUND secretsmanager.eu-wst-1.amazonaws.com' });
  expect(described).toMatchObject({ code: 'source-unavailable', retryable: true });
  expect(described?.message).toBe('secretsmanager:GetSecretValue: the host name has no address (getaddrinfo ENOTFOUND secretsmanager.eu-wst-1.amazonaws.com)');
  expect(described?.hint).toContain('is eu-wst-1 the right AWS_REGION');
});

test.each(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'EHOSTUNREACH', 'ENETUNREACH'])('%s is a service that cannot be reached', (code) => {
  expect(describe({ code, message: `connect ${code} 10.0.0.1:443` })?.message).toBe(`secretsmanager:GetSecretValue: the service cannot be reached: connect ${code} 10.0.0.1:443`);
});

test('a timeout is told apart', () => {
  expect(describe({ name: 'TimeoutError', message: 'x' })?.message).toBe('secretsmanager:GetSecretValue: no answer in time');
  expect(describe({ name: 'TimeoutError', code: 'ETIMEDOUT', message: 'x' })?.message).toBe('secretsmanager:GetSecretValue: no answer in time');
  expect(describe({ code: 'ETIMEDOUT', message: 'x' })?.message).toBe('secretsmanager:GetSecretValue: no answer in time');
});

test('a reset is no timeout, though the SDK calls it one', () => {
  expect(describe({ name: 'TimeoutError', code: 'ECONNRESET', message: 'read ECONNRESET' })?.message).toBe('secretsmanager:GetSecretValue: the service cannot be reached: read ECONNRESET');
});

test('an answer that was cut off is told as such', () => {
  expect(describe({ code: 'ECONNRESET', message: 'aborted' })?.message).toBe('secretsmanager:GetSecretValue: the connection ended in the middle of the answer');
});

test.each(['SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID'])('%s is a TLS failure, not an outage', (code) => {
  expect(describe({ code, message: 'm' })).toMatchObject({ message: `secretsmanager:GetSecretValue: TLS with AWS failed: m (${code})` });
});

test('a defect of ours is not a network failure', () => {
  expect(describe({ name: 'TypeError', message: 'x is not a function' })).toBeUndefined();
});
