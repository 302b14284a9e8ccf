import { expect, it } from 'vitest';
import { accessDenied } from '../../../src/demo/aws/denial.ts';

const CALL = { service: 'secretsmanager', operation: 'GetSecretValue', resource: 'color/identity', at: new Date(0) };
const SITE = { region: 'eu-central-1', account: '123456789012' };
const WHO = 'User: arn:aws:sts::123456789012:assumed-role/embedded/task is not authorized to perform: secretsmanager:GetSecretValue on resource: color/identity';

it.each([
  [undefined, `${WHO} because no identity-based policy allows the secretsmanager:GetSecretValue action`],
  ['resource', `${WHO} because no resource-based policy allows the secretsmanager:GetSecretValue action`],
  ['vpc-endpoint', `${WHO} because no VPC endpoint policy allows the secretsmanager:GetSecretValue action`],
  ['identity-deny', `${WHO} with an explicit deny in an identity-based policy`],
  ['resource-deny', `${WHO} with an explicit deny in a resource-based policy`],
  ['service-control-deny', `${WHO} with an explicit deny in a service control policy`],
  ['kms', 'Access to KMS is not allowed'],
] as const)('refuses by the policy %s in the words of AWS', (policy, message) => {
  expect(accessDenied(CALL, SITE, policy)).toMatchObject({ type: 'AccessDeniedException', status: 400, message });
});

it('refuses a call without a resource on all of them', () => {
  expect(accessDenied({ ...CALL, resource: undefined }, SITE).message).toContain('on resource: * because');
});
