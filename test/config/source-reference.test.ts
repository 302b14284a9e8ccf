import { expect, test } from 'vitest';
import { parseSourceOf, parseSourceReference } from '../../src/config/source-reference.ts';
import type { AgentError } from '../../src/errors.ts';

const SECRET = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:color/gateway-AbCdEf';
const CERTIFICATE = 'arn:aws:acm:eu-west-1:111122223333:certificate/0f0e0d0c-1111-2222-3333-444455556666';
const AUTHORITY = 'arn:aws-us-gov:acm-pca:us-gov-west-1:111122223333:certificate-authority/0f0e0d0c-1111-2222-3333-444455556666';

test.each([
  ['secret:color/gateway', { scheme: 'secrets-manager', secretId: 'color/gateway', stage: 'AWSCURRENT', region: undefined }],
  ['secret:color/gateway?stage=AWSPREVIOUS', { scheme: 'secrets-manager', secretId: 'color/gateway', stage: 'AWSPREVIOUS', region: undefined }],
  [SECRET, { scheme: 'secrets-manager', secretId: SECRET, stage: 'AWSCURRENT', region: 'eu-west-1' }],
  [`${SECRET}?stage=AWSPENDING`, { scheme: 'secrets-manager', secretId: SECRET, stage: 'AWSPENDING', region: 'eu-west-1' }],
  [CERTIFICATE, { scheme: 'acm', arn: CERTIFICATE, region: 'eu-west-1' }],
  [AUTHORITY, { scheme: 'acm-pca', arn: AUTHORITY, region: 'us-gov-west-1' }],
  ['file:/run/secrets/color', { scheme: 'file', path: '/run/secrets/color' }],
  ['env:COLOR_SECRET', { scheme: 'env', name: 'COLOR_SECRET' }],
])('%s is understood', (text, expected) => {
  expect(parseSourceReference(text)).toEqual({ ...expected, text });
});

test.each([
  ['/run/secrets/color', 'a path is written file:/run/secrets/color'],
  ['color/gateway', 'the name of a secret is written secret:color/gateway'],
  ['s3://bucket/key', 'other kinds of source are not known'],
  ['env:NOT-A-NAME', 'the name of a variable has letters, digits and underscores'],
  ['arn:aws:iam::111122223333:role/color', 'copy the ARN of the secret, certificate or certificate authority itself, with region and account'],
  ['{"Certificate":"c"}', 'this is the content of a secret; name the variable that holds it as env:NAME, or better the secret itself'],
])('%s is refused with what was probably meant', (text, hint) => {
  expect(errorOf(() => parseSourceReference(text))).toMatchObject({ code: 'config-invalid', hint });
});

test('a query other than the stage is refused', () => {
  const error = errorOf(() => parseSourceReference('secret:color?version=1'));
  expect(error.message).toBe('"secret:color?version=1" ends in "?version=1", expected ?stage=LABEL');
});

test('a source that cannot give the kind of material is refused', () => {
  expect(errorOf(() => parseSourceOf('identity', AUTHORITY)).message).toBe(`"${AUTHORITY}" gives trust, expected a source of identity`);
  expect(errorOf(() => parseSourceOf('trust', CERTIFICATE)).message).toBe(`"${CERTIFICATE}" gives identity, expected a source of trust`);
  expect(parseSourceOf('trust', AUTHORITY).scheme).toBe('acm-pca');
});

function errorOf(action: () => unknown): AgentError {
  try {
    action();
  } catch (thrown) {
    return thrown as AgentError;
  }
  throw new Error('nothing was thrown');
}
