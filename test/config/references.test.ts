import { expect, test } from 'vitest';
import { resolveReferences } from '../../src/config/references.ts';
import type { AgentError } from '../../src/errors.ts';
import type { ManifestSecret } from '../../src/mesh/manifest.ts';

const PCA = 'arn:aws:acm-pca:eu-west-1:111122223333:certificate-authority/0f0e0d0c';
const ACM = 'arn:aws:acm:eu-west-1:111122223333:certificate/0f0e0d0c';
const NOTHING = { identity: undefined, trust: [], sources: {} };

function secret(kind: 'identity' | 'trust', reference: string): ManifestSecret {
  return { name: `${kind}-${reference}`, kind, reference, roles: ['client'], names: [], consumers: 1 };
}

const identity = secret('identity', '/keys/gateway.pem');
const trust = secret('trust', '/keys/ca.pem');

test('MTLS_IDENTITY and MTLS_TRUST serve the only reference of their kind', () => {
  const settings = { ...NOTHING, identity: 'secret:gateway', trust: ['secret:ca-old', 'secret:ca-new'] };
  expect(resolveReferences([identity, trust], settings)).toEqual([
    { secret: identity, sources: ['secret:gateway'] },
    { secret: trust, sources: ['secret:ca-old', 'secret:ca-new'] },
  ]);
});

test('MTLS_SOURCES wins over them, and lists several for trust', () => {
  const settings = {
    identity: 'secret:general',
    trust: ['secret:general'],
    sources: { 'identity:/keys/gateway.pem': 'file:/special', 'trust:/keys/ca.pem': `secret:a,${PCA}` },
  };
  expect(resolveReferences([identity, trust], settings).map(({ sources }) => sources)).toEqual([['file:/special'], ['secret:a', PCA]]);
});

test('MTLS_IDENTITY wins over a reference that is an ARN, which wins over nothing', () => {
  const byArn = [secret('identity', ACM), secret('trust', PCA)];
  expect(resolveReferences(byArn, { ...NOTHING, identity: 'secret:exported' }).map(({ sources }) => sources)).toEqual([['secret:exported'], [PCA]]);
  expect(resolveReferences(byArn, NOTHING).map(({ sources }) => sources)).toEqual([[ACM], [PCA]]);
});

test('a trust of several CAs comes from all of them', () => {
  const both = secret('trust', `${PCA},${PCA}1`);
  expect(resolveReferences([both], NOTHING)).toEqual([{ secret: both, sources: [PCA, `${PCA}1`] }]);
});

test('an ARN that cannot give this kind of material is not its own source', () => {
  expect(() => resolveReferences([secret('trust', ACM)], NOTHING)).toThrow(`no source for trust:${ACM}`);
});

test('an endpoint without references needs nothing', () => {
  expect(resolveReferences([], NOTHING)).toEqual([]);
});

test('all unresolved references are listed together, with what to set', () => {
  const error = errorOf(() => resolveReferences([identity, trust, secret('trust', '/keys/other.pem')], { ...NOTHING, trust: ['secret:ca'] }));
  expect(error).toMatchObject({ code: 'reference-unresolved', exitCode: 78 });
  expect(error.message).toBe(
    'no source for 3 references\n  identity:/keys/gateway.pem\n  trust:/keys/ca.pem\n  trust:/keys/other.pem\n' +
      '  MTLS_TRUST serves an endpoint with one reference of trust, this one has 2',
  );
  expect(error.hint).toBe(`set MTLS_SOURCES='{"identity:/keys/gateway.pem":"secret:NAME","trust:/keys/ca.pem":"secret:NAME","trust:/keys/other.pem":"secret:NAME"}'`);
});

test('a misspelt key of MTLS_SOURCES is shown beside the reference that it missed', () => {
  const error = errorOf(() => resolveReferences([identity], { ...NOTHING, sources: { 'identity:/keys/gatway.pem': 'secret:a' } }));
  expect(error.message).toBe('no source for identity:/keys/gateway.pem\n  MTLS_SOURCES names identity:/keys/gatway.pem, to which this endpoint does not refer');
  expect(error.hint).toBe('set MTLS_IDENTITY=secret:NAME');
});

test('entries for other endpoints do no harm', () => {
  const settings = { ...NOTHING, sources: { 'identity:/keys/gateway.pem': 'secret:a', 'identity:/keys/teller.pem': 'secret:b' } };
  expect(resolveReferences([identity], settings).map(({ sources }) => sources)).toEqual([['secret:a']]);
});

test('a reference named like a property of every object has no source', () => {
  expect(() => resolveReferences([secret('trust', 'x')], { ...NOTHING, sources: Object.create({ 'trust:x': 'secret:a' }) as Record<string, string> })).toThrow('no source');
});

function errorOf(action: () => unknown): AgentError {
  try {
    action();
  } catch (thrown) {
    return thrown as AgentError;
  }
  throw new Error('nothing was thrown');
}
