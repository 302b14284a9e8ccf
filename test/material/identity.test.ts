import { beforeAll, describe, expect, it } from 'vitest';
import type { KeyAlgorithm } from '../../src/demo/pki/key-pair.ts';
import { createAuthority } from '../../src/demo/pki/authority.ts';
import { AgentError } from '../../src/errors.ts';
import { parseIdentity, type IdentityExpectations } from '../../src/material/identity.ts';
import type { Identity } from '../../src/material/material.ts';
import { SecretText } from '../../src/material/secret-text.ts';
import { NOW, PASSPHRASE, type Pki, VALID, createPki, createSide, identitySecret, issueLeaf, mskIdentitySecret, plainKeyPem, publishedIdentitySecret, trustSecret } from '../fixtures/pki.ts';

let pki: Pki;
beforeAll(async () => {
  pki = await createPki();
});

const parse = (text: SecretText, changes: Partial<IdentityExpectations> = {}): Promise<Identity> =>
  parseIdentity({ version: 'v1', text }, { roles: ['client', 'server'], names: [], now: NOW, ...changes });

const refusal = async (text: SecretText, changes: Partial<IdentityExpectations> = {}): Promise<AgentError> => {
  const outcome = await parse(text, changes).catch((thrown: unknown) => thrown);
  expect(outcome).toBeInstanceOf(AgentError);
  return outcome as AgentError;
};

const certificatesIn = (pem: string): number => pem.split('BEGIN CERTIFICATE').length - 1;

describe('an identity', () => {
  it('comes out of an ACM export: leaf, key and facts, the root left out of what is presented (promises 64, 65)', async () => {
    const identity = await parse(identitySecret(pki.gateway.leaf));
    expect(identity.leaf).toMatchObject({ subject: 'CN=colorgateway', issuer: 'CN=colorgateway root', names: ['colorgateway.mesh.local'], notAfter: VALID.notAfter });
    expect(certificatesIn(identity.chainPem)).toBe(1);
    expect(identity.key.equals(pki.gateway.leaf.key)).toBe(true);
    expect(identity.sourceVersion).toBe('v1');
  });

  it('is recognised in the published layout, whose key opens with base64 of the passphrase (promise 127)', async () => {
    expect((await parse(publishedIdentitySecret(pki.gateway.leaf))).leaf.subject).toBe('CN=colorgateway');
  });

  it('is recognised in the MSK layout (promise 127)', async () => {
    expect((await parse(mskIdentitySecret(pki.gateway.leaf))).leaf.subject).toBe('CN=colorgateway');
  });

  it('is recognised in PEM text that holds certificates and a plain key', async () => {
    const { certificatePem, chainPem, key } = pki.gateway.leaf;
    expect((await parse(new SecretText(plainKeyPem(key) + certificatePem + chainPem))).leaf.subject).toBe('CN=colorgateway');
  });

  it.each<KeyAlgorithm>(['RSA_2048', 'RSA_3072', 'RSA_4096', 'EC_prime256v1', 'EC_secp384r1'])('may have a key of %s (promise 118)', async (algorithm) => {
    const { leaf } = await createSide('colorgateway', { algorithm });
    const identity = await parse(identitySecret(leaf));
    expect(identity.key.equals(leaf.key)).toBe(true);
  });

  it('presents leaf and intermediates in order, whatever the order of the field (promises 25, 121)', async () => {
    const root = await createAuthority({ subject: 'CN=root', ...VALID });
    const upper = await createAuthority({ subject: 'CN=upper', issuer: root, ...VALID });
    const lower = await createAuthority({ subject: 'CN=lower', issuer: upper, ...VALID });
    const leaf = await issueLeaf(lower, 'colorgateway');
    const shuffled = [root, lower, upper, lower].map(({ certificatePem }) => certificatePem).join('stray text\r\n');
    const identity = await parse(identitySecret(leaf, { CertificateChain: shuffled }));
    expect(identity.intermediates.map(({ subject }) => subject)).toEqual(['CN=lower', 'CN=upper']);
    expect(certificatesIn(identity.chainPem)).toBe(3);
  });

  it('may come without its root: the rehearsal then ends at the topmost certificate (promise 121)', async () => {
    const root = await createAuthority({ subject: 'CN=root', ...VALID });
    const issuing = await createAuthority({ subject: 'CN=issuing', issuer: root, ...VALID });
    const leaf = await issueLeaf(issuing, 'colorgateway');
    const identity = await parse(identitySecret(leaf, { CertificateChain: issuing.certificatePem }));
    expect(identity.intermediates.map(({ subject }) => subject)).toEqual(['CN=issuing']);
  });

  it('has another fingerprint after a renewal with the same key', async () => {
    const renewed = await issueLeaf(pki.gateway.root, 'colorgateway');
    const [before, after] = [await parse(identitySecret(pki.gateway.leaf)), await parse(identitySecret(renewed))];
    expect(after.fingerprint).not.toBe(before.fingerprint);
  });
});

describe('an identity is refused', () => {
  it('when the key belongs to another certificate, naming both (promise 2)', async () => {
    const error = await refusal(identitySecret(pki.gateway.leaf, { PrivateKey: plainKeyPem(pki.teller.leaf.key) }));
    expect(error.code).toBe('key-mismatch');
    expect(error.message).toContain('CN=colorgateway');
  });

  it('when the passphrase does not open the key, without printing it', async () => {
    const error = await refusal(identitySecret(pki.gateway.leaf, { Passphrase: 'not-the-passphrase' }));
    expect(error.code).toBe('key-passphrase-wrong');
    expect(`${error.message} ${String(error.hint)}`).not.toMatch(/not-the-passphrase|correct-horse/);
  });

  it('when the key is encrypted and the passphrase is missing', async () => {
    expect((await refusal(identitySecret(pki.gateway.leaf, { Passphrase: '' }))).code).toBe('key-passphrase-missing');
  });

  it('when it is expired, with both dates (promises 4, 122)', async () => {
    const { leaf } = await createSide('colorgateway', { notAfter: new Date('2026-11-20T00:00:00Z') });
    const error = await refusal(identitySecret(leaf));
    expect(error.code).toBe('certificate-expired');
    expect(error.message).toContain('not after 2026-11-20T00:00:00Z, now 2026-11-23T12:00:00Z');
  });

  it('when it is not yet valid, with both dates (promise 122)', async () => {
    const { leaf } = await createSide('colorgateway', { notBefore: new Date('2026-12-01T00:00:00Z') });
    expect((await refusal(identitySecret(leaf))).code).toBe('certificate-not-yet-valid');
  });

  it('when it is for clients and would be used as server (promise 122)', async () => {
    const { leaf } = await createSide('colorgateway', { purposes: ['client'] });
    const error = await refusal(identitySecret(leaf), { roles: ['server'] });
    expect(error.code).toBe('certificate-purpose');
    expect(error.message).toBe('extendedKeyUsage is clientAuth; used as TLS server it needs serverAuth');
    await expect(parse(identitySecret(leaf), { roles: ['client'] })).resolves.toBeDefined();
  });

  it('when an RSA certificate may not sign: Envoy answers every request with 503 then', async () => {
    const { leaf } = await createSide('colorgateway', { algorithm: 'RSA_2048', keyUsage: ['keyEncipherment'] });
    const error = await refusal(identitySecret(leaf));
    expect(error.code).toBe('certificate-purpose');
    expect(error.message).toContain('keyUsage is keyEncipherment');
  });

  it('when it carries none of the wanted names, with both lists (promise 122)', async () => {
    const error = await refusal(identitySecret(pki.gateway.leaf), { names: ['colorteller.mesh.local'] });
    expect(error.message).toBe('names presented: colorgateway.mesh.local, wanted one of: colorteller.mesh.local');
  });

  it('when its issuer is no CA, naming where the chain ends', async () => {
    const impostor = await issueLeaf(pki.gateway.root, 'impostor');
    const leaf = await issueLeaf(impostor, 'colorgateway');
    const error = await refusal(identitySecret(leaf));
    expect(error.code).toBe('chain-broken');
    expect(error.message).toContain('the chain ends at CN=colorgateway: its issuer CN=impostor');
  });

  it('when an intermediate is missing, naming the gap (promise 122)', async () => {
    const upper = await createAuthority({ subject: 'CN=upper', issuer: pki.gateway.root, ...VALID });
    const lower = await createAuthority({ subject: 'CN=lower', issuer: upper, ...VALID });
    const leaf = await issueLeaf(lower, 'colorgateway');
    const error = await refusal(identitySecret(leaf, { CertificateChain: lower.certificatePem + pki.gateway.root.certificatePem }));
    expect(error.message).toContain('the chain ends at CN=lower: its issuer CN=upper');
  });

  it('when a path is longer than an issuer allows, with both numbers (promise 122)', async () => {
    const upper = await createAuthority({ subject: 'CN=upper', issuer: pki.gateway.root, pathLength: 0, ...VALID });
    const lower = await createAuthority({ subject: 'CN=lower', issuer: upper, ...VALID });
    const error = await refusal(identitySecret(await issueLeaf(lower, 'colorgateway')), { roles: ['client'] });
    expect(error.code).toBe('chain-broken');
    expect(error.message).toBe('the path length of CN=upper is 0, the CAs below it are 1: CN=lower');
  });

  it('when the rehearsed handshake fails: more names than a TLS message holds', async () => {
    const { leaf } = await createSide('colorgateway', { names: Array.from({ length: 6000 }, (_, index) => `n${index}.mesh.local`) });
    const error = await refusal(identitySecret(leaf), { roles: ['client'] });
    expect(error.code).toBe('rehearsal-failed');
    expect(error.message).toMatch(/as client .*excessive message size/);
  });

  it('when the secret holds a trust bundle', async () => {
    expect((await refusal(trustSecret(pki.gateway.root))).hint).toContain('swapped');
  });

  it('when the secret is still a placeholder, naming the field', async () => {
    const error = await refusal(identitySecret(pki.gateway.leaf, { Certificate: 'tempcert' }));
    expect(error.code).toBe('source-placeholder');
    expect(error.message).toBe('Certificate still holds a placeholder');
  });

  it('when the layout is unknown, naming the keys and never the values', async () => {
    const error = await refusal(new SecretText(JSON.stringify({ cert: PASSPHRASE, key: PASSPHRASE })));
    expect(error.code).toBe('layout-unknown');
    expect(error.message).toContain('cert, key');
    expect(error.message).not.toContain(PASSPHRASE);
  });
});

describe('a wildcard certificate', () => {
  it('covers one label and no more', async () => {
    const { leaf } = await createSide('colorgateway', { names: ['*.mesh.local'] });
    await expect(parse(identitySecret(leaf), { names: ['colorgateway.mesh.local'] })).resolves.toBeDefined();
    expect((await refusal(identitySecret(leaf), { names: ['a.b.mesh.local'] })).code).toBe('certificate-name');
  });
});
