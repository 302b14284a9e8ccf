import { expect, test } from 'vitest';
import { createAws } from '../../src/aws/clients.ts';
import { systemClock } from '../../src/clock.ts';
import { readAwsSettings } from '../../src/config/aws-settings.ts';
import { openSource } from '../../src/source/open.ts';

const env = { AWS_REGION: 'eu-west-1', COLOR: '{}' };
const ports = { aws: createAws(readAwsSettings(env, false), env, systemClock), env };
const SECRET = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:color-AbCdEf';
const AUTHORITY = 'arn:aws:acm-pca:eu-west-1:111122223333:certificate-authority/0f0e0d0c';
const CERTIFICATE = 'arn:aws:acm:eu-west-1:111122223333:certificate/0f0e0d0c';

test.each([['secret:color', 60_000], [SECRET, 60_000], [AUTHORITY, 3_600_000], ['file:/run/ca.pem', 60_000], ['env:COLOR', undefined]])(
  '%s is opened under its own name, to be looked at every %s ms',
  (text, pollMs) => {
    expect(openSource('trust', text, ports)).toMatchObject({ description: text, pollMs });
  },
);

test('only a document in the environment is announced as a poor source', () => {
  expect(openSource('identity', 'env:COLOR', ports).warning).toBeDefined();
  expect(openSource('identity', 'secret:color', ports).warning).toBeUndefined();
  expect(openSource('identity', 'file:/run/color', ports).warning).toBeUndefined();
});

test('a certificate in ACM is refused, and the exporter\'s secret named as the way', () => {
  expect(() => openSource('identity', CERTIFICATE, ports)).toThrow(
    expect.objectContaining({
      code: 'config-invalid',
      message: `${CERTIFICATE}: this version does not export a certificate from ACM by itself`,
      hint: `run the exporter for it and name its secret: MTLS_SOURCES='{"identity:${CERTIFICATE}":"secret:NAME"}'`,
    }),
  );
});

test('a source that cannot give the kind of material is refused', () => {
  expect(() => openSource('identity', AUTHORITY, ports)).toThrow('gives trust, expected a source of identity');
});
