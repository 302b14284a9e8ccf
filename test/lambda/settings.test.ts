import { expect, it } from 'vitest';
import { readSettings } from '../../src/lambda/settings.ts';

const ARN = 'arn:aws:acm:eu-central-1:123456789012:certificate/1';

it('reads certificates, their secrets and roles, and services in their order', () => {
  expect(readSettings({ IDENTITIES: `${ARN} color/a client;\n ${ARN} color/b\n`, SERVICES: 'c/teller, c/gateway' })).toEqual({
    identities: [
      { certificateArn: ARN, secretId: 'color/a', roles: ['client'] },
      { certificateArn: ARN, secretId: 'color/b', roles: ['client', 'server'] },
    ],
    services: [{ cluster: 'c', service: 'teller' }, { cluster: 'c', service: 'gateway' }],
  });
});

it('needs neither', () => {
  expect(readSettings({})).toEqual({ identities: [], services: [] });
});

it.each([{ IDENTITIES: 'color/a' }, { IDENTITIES: ARN }, { IDENTITIES: `${ARN} a peer` }, { IDENTITIES: `${ARN} a client more` }, { SERVICES: 'teller' }, { SERVICES: 'a/b/c' }])('refuses %j', (env) => {
  expect(() => readSettings(env)).toThrow(/IDENTITIES|SERVICES/);
});
