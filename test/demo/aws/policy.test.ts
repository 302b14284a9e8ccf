import { expect, it } from 'vitest';
import { type Statement, authorise, callerOf } from '../../../src/demo/aws/policy.ts';

const ARN = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:color/gateway-Ab12Cd';
const CALL = { service: 'secretsmanager', operation: 'GetSecretValue', resource: 'color/gateway', at: new Date(0) };
const SITE = { region: 'eu-central-1', account: '123456789012' };
const ALLOW: Statement = { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: 'arn:aws:secretsmanager:*:*:secret:color/gateway-??????' };

const check = (...statements: readonly Statement[]): void => authorise({ reader: statements }, 'reader', CALL, ARN, SITE);

it('lets pass what a statement allows, by its ARN', () => {
  expect(() => check(ALLOW)).not.toThrow();
  expect(() => check({ ...ALLOW, Action: ['acm:*', 'secretsmanager:Get*'], Resource: '*' })).not.toThrow();
});

it.each([
  ['another action', { ...ALLOW, Action: 'secretsmanager:PutSecretValue' }],
  ['another secret', { ...ALLOW, Resource: 'arn:aws:secretsmanager:*:*:secret:color/teller-??????' }],
  ['a longer name', { ...ALLOW, Resource: 'arn:aws:secretsmanager:*:*:secret:color/gate-??????' }],
])('refuses when %s is allowed only', (_what, statement) => {
  expect(() => check(statement)).toThrow(/no identity-based policy allows the secretsmanager:GetSecretValue action/);
});

it('a batch is allowed by the permission of its single form', () => {
  const batch = { service: 'sqs', operation: 'DeleteMessageBatch', resource: undefined, at: new Date(0) };
  const roles = { reader: [{ Effect: 'Allow', Action: 'sqs:DeleteMessage', Resource: '*' }] } as const;
  expect(() => authorise(roles, 'reader', batch, undefined, SITE)).not.toThrow();
});

it('a deny beats every allow', () => {
  expect(() => check(ALLOW, { ...ALLOW, Effect: 'Deny' })).toThrow(/explicit deny in an identity-based policy/);
});

it('who has no role here may do everything', () => {
  expect(() => authorise({}, 'anybody', CALL, ARN, SITE)).not.toThrow();
});

it('knows a caller by his access key id', () => {
  expect(callerOf('AWS4-HMAC-SHA256 Credential=renewer/20261124/eu-central-1/acm/aws4_request, SignedHeaders=host')).toBe('renewer');
  expect(() => callerOf(undefined)).toThrow('Missing Authentication Token');
});
