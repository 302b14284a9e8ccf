import { expect, test } from 'vitest';
import { SETTINGS, VARIABLES } from '../../src/config/variables.ts';

test('every variable has a meaning, a default and a reason for it', () => {
  for (const variable of VARIABLES) {
    expect(variable.name).toMatch(/^MTLS_[A-Z_]+$/);
    expect(variable.meaning, variable.name).not.toBe('');
    expect(variable.default, variable.name).not.toBe('');
    expect(variable.reason, variable.name).not.toBe('');
  }
});

test('the defaults are those of the contract', () => {
  expect(Object.fromEntries(VARIABLES.map(({ name, default: value }) => [name, value]))).toMatchObject({
    MTLS_IDENTITY: 'none',
    MTLS_TRUST: 'none',
    MTLS_NAMES: 'from the definition',
    MTLS_SOURCES: '{}',
    MTLS_MESH: 'none',
    MTLS_ENDPOINT: 'APPMESH_RESOURCE_ARN',
    MTLS_DELIVERY: 'sds',
    MTLS_DIR: '/run/mtls-agent',
    MTLS_POLL: '60s for secrets, 1h for ACM and Private CA',
    MTLS_NOTICES: 'none',
    MTLS_DEADLINE: '60s',
    MTLS_ADMIN: '127.0.0.1:9902',
    MTLS_ENVOY: 'envoy on PATH, then /usr/local/bin/envoy, /usr/bin/envoy',
    MTLS_ENVOY_ADMIN: 'our own socket',
    MTLS_DRAIN: '20s',
    MTLS_LOG: 'info',
    MTLS_ALLOW_DISK: 'false',
    MTLS_ALLOW_HTTP_ENDPOINT: 'false',
  });
});

test('a directory too deep for the path of a socket is refused with both lengths', () => {
  const parse = SETTINGS.MTLS_DIR.parse;
  expect(parse(`/${'d'.repeat(89)}`)).toHaveLength(90);
  expect(() => parse(`/${'d'.repeat(90)}`)).toThrow('has 91 bytes, expected at most 90');
  expect(parse('/run/mtls-agent/')).toBe('/run/mtls-agent');
  expect(parse('/')).toBe('/');
});
