import { expect, test } from 'vitest';
import { describeFailure } from '../../src/aws/failures.ts';
import { AgentError } from '../../src/errors.ts';

const CALL = { action: 'secretsmanager:GetSecretValue', resource: 'color/gateway', region: 'eu-west-1' };

/** An exception as the SDK makes it. */
function exception(name: string, message: string, status: number | undefined = 400): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });
}

test.each([
  ['ThrottlingException', 'Rate exceeded', 400, 'source-throttled', 'AWS throttles secretsmanager:GetSecretValue: Rate exceeded'],
  ['TooManyRequestsException', 'slow down', 429, 'source-throttled', 'AWS throttles secretsmanager:GetSecretValue: slow down'],
  ['InternalServiceError', 'An error occurred on the server side.', 500, 'source-unavailable', 'secretsmanager:GetSecretValue failed at AWS with 500 InternalServiceError: An error occurred on the server side'],
  ['ServiceUnavailable', 'busy', 503, 'source-unavailable', 'secretsmanager:GetSecretValue failed at AWS with 503 ServiceUnavailable: busy'],
  ['ResourceNotFoundException', 'Secrets Manager can\'t find the specified secret.', 400, 'source-not-found', 'color/gateway does not exist in eu-west-1'],
  [
    'ResourceNotFoundException',
    'Secrets Manager can\'t find the specified secret value for staging label: AWSCURRENT',
    400,
    'source-placeholder',
    'color/gateway has no value yet: Secrets Manager can\'t find the specified secret value for staging label: AWSCURRENT',
  ],
  [
    'ResourceNotFoundException',
    'Secrets Manager can\'t find the specified secret value for staging label: BLUE',
    400,
    'source-not-found',
    'color/gateway has no version with the staging label BLUE',
  ],
  ['InvalidRequestException', 'You can\'t perform this operation on the secret because it was marked for deletion.', 400, 'source-not-found', 'color/gateway is scheduled for deletion'],
  ['DecryptionFailure', 'Secrets Manager can\'t decrypt the protected secret text', 400, 'decryption-denied', 'color/gateway cannot be decrypted: Secrets Manager can\'t decrypt the protected secret text'],
  ['ExpiredTokenException', 'The security token included in the request is expired', 400, 'credentials-expired', 'the AWS credentials have expired: The security token included in the request is expired'],
  ['CredentialsProviderError', 'Could not load credentials\nfrom any providers', undefined, 'credentials-missing', 'no AWS credentials: Could not load credentials from any providers'],
  [
    'UnrecognizedClientException',
    'The security token included in the request is invalid.',
    400,
    'access-denied',
    'AWS does not accept the credentials for secretsmanager:GetSecretValue in eu-west-1: The security token included in the request is invalid',
  ],
  ['InvalidParameterException', 'bad stage', 400, 'source-unavailable', 'secretsmanager:GetSecretValue on color/gateway was refused with InvalidParameterException: bad stage'],
])('%s (%s) is told with its own code', (name, message, status, code, told) => {
  expect(describeFailure(exception(name, message, status), CALL)).toMatchObject({ code, message: told, retryable: true });
});

test('a signature outside its five minutes is a matter of the clock, not of the key', () => {
  const thrown = exception('InvalidSignatureException', 'Signature expired: 20261123T120000Z is now earlier than 20261123T121500Z (20261123T122000Z - 5 min.)');
  expect(describeFailure(thrown, CALL).code).toBe('clock-skewed');
});

test('an answer that is not JSON is not quoted', () => {
  const described = describeFailure(new SyntaxError('Unexpected token \'h\', "hunter2" is not valid JSON'), CALL);
  expect(described.message).toBe('secretsmanager:GetSecretValue: the answer is not JSON');
});

test('what we worded ourselves passes, what nobody foresaw is a defect of ours', () => {
  const own = new AgentError('config-invalid', 'x');
  expect(describeFailure(own, CALL)).toBe(own);
  expect(describeFailure(new TypeError('x is not a function'), CALL)).toMatchObject({ code: 'bug', message: 'unexpected: x is not a function' });
  expect(describeFailure(undefined, CALL).code).toBe('bug');
});
