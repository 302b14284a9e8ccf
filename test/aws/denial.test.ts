import { expect, test } from 'vitest';
import { describeDenial } from '../../src/aws/denial.ts';

const CALL = { action: 'secretsmanager:GetSecretValue', resource: 'color/gateway', region: 'eu-west-1' };
const USER = 'arn:aws:sts::111122223333:assumed-role/gateway-task/0a1b';
const SECRET = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:color/gateway-AbCdEf';

function describe(message: string, name = 'AccessDeniedException') {
  return describeDenial({ name, message, status: 400, serverDate: undefined, signedAt: undefined, code: undefined, cause: undefined }, CALL);
}

test('a missing permission names principal, action and resource', () => {
  const denial = describe(`User: ${USER} is not authorized to perform: secretsmanager:GetSecretValue on resource: ${SECRET} because no identity-based policy allows the secretsmanager:GetSecretValue action`);
  expect(denial).toMatchObject({
    code: 'access-denied',
    exitCode: 77,
    message: `${USER} may not secretsmanager:GetSecretValue on ${SECRET}: no identity-based policy allows the secretsmanager:GetSecretValue action`,
    hint: `an Allow is missing: give the task role secretsmanager:GetSecretValue on ${SECRET}`,
  });
});

test('an explicit deny is told apart from a missing permission', () => {
  const denial = describe(`User: ${USER} is not authorized to perform: secretsmanager:GetSecretValue on resource: ${SECRET} with an explicit deny in a service control policy`);
  expect(denial?.message).toMatch(/: with an explicit deny in a service control policy$/);
  expect(denial?.hint).toBe('a Deny statement forbids it and no Allow helps: look in the service control policy');
});

test('a resource policy and a VPC endpoint policy are named as the place', () => {
  expect(describe(`User: ${USER} is not authorized to perform: secretsmanager:GetSecretValue on resource: ${SECRET} because no resource-based policy allows the secretsmanager:GetSecretValue action`)?.hint).toBe(
    `allow secretsmanager:GetSecretValue for this role in the resource policy of ${SECRET}`,
  );
  expect(describe(`User: ${USER} is not authorized to perform: secretsmanager:GetSecretValue because no VPC endpoint policy allows the secretsmanager:GetSecretValue action`)?.hint).toBe(
    'allow secretsmanager:GetSecretValue in the policy of the VPC endpoint',
  );
});

test('a refusal in other words keeps them', () => {
  expect(describe('Nope')?.message).toBe('this role may not secretsmanager:GetSecretValue on color/gateway: Nope');
});

test('a refusal of the KMS key is a matter of decryption', () => {
  expect(describe('Access to KMS is not allowed')).toMatchObject({ code: 'decryption-denied', exitCode: 77 });
});

test('another failure is not a denial', () => {
  expect(describe('x', 'ThrottlingException')).toBeUndefined();
});
