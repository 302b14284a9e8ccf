import { expect, it } from 'vitest';
import { checkCredentialScope } from '../../../src/demo/aws/credential-scope.ts';

const header = (scope: string): string => `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/${scope}, SignedHeaders=host, Signature=0`;
const check = (authorization: string | undefined): unknown => {
  checkCredentialScope(authorization, 'eu-central-1', 'acm-pca');
  return 'accepted';
};

it('accepts a scope of this region and service', () => {
  expect(check(header('20261123/eu-central-1/acm-pca/aws4_request'))).toBe('accepted');
});

it.each([
  ['no header', undefined, 'Missing Authentication Token'],
  ['another scheme', 'Bearer token', 'requires a Credential parameter'],
  ['an incomplete scope', header('eu-central-1/acm-pca/aws4_request'), 'requires a Credential parameter'],
  ['another region', header('20261123/eu-west-1/acm-pca/aws4_request'), "valid region, not 'eu-west-1'"],
  ['another service', header('20261123/eu-central-1/acm/aws4_request'), "correct service: 'acm-pca'"],
])('refuses %s', (_what, authorization, message) => {
  expect(() => check(authorization)).toThrow(message);
});
