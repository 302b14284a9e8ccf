import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createAuthority, issue } from '../../../src/demo/pki/authority.ts';
import { type KeyAlgorithm, generateKeyPair } from '../../../src/demo/pki/key-pair.ts';
import { createRoot, createSide, issueLeaf, VALID } from '../../fixtures/pki.ts';

const read = (pem: string): X509Certificate => new X509Certificate(pem);

describe('createAuthority', () => {
  it('makes a self-signed root that is a CA and has no issuers above it', async () => {
    const root = await createRoot('colorgateway root');
    const certificate = read(root.certificatePem);
    expect(certificate.ca).toBe(true);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.subject).toBe('CN=colorgateway root');
    expect(root.chainPem).toBe('');
  });

  it('puts the intermediate first and the root last in the chain of a leaf below an intermediate', async () => {
    const root = await createRoot('root');
    const intermediate = await createAuthority({ subject: 'CN=intermediate', issuer: root, pathLength: 0, ...VALID });
    const leaf = await issueLeaf(intermediate, 'colorgateway');
    expect(leaf.chainPem).toBe(intermediate.certificatePem + root.certificatePem);
    expect(read(leaf.certificatePem).checkIssued(read(intermediate.certificatePem))).toBe(true);
    expect(read(intermediate.certificatePem).checkIssued(read(root.certificatePem))).toBe(true);
  });
});

describe('issue', () => {
  it.each<KeyAlgorithm>(['RSA_2048', 'EC_prime256v1', 'EC_secp384r1', 'EC_secp521r1', 'Ed25519'])(
    'signs and certifies %s keys',
    async (algorithm) => {
      const root = await createAuthority({ subject: 'CN=root', algorithm, ...VALID });
      const leaf = await issueLeaf(root, 'colorgateway', { algorithm });
      const certificate = read(leaf.certificatePem);
      expect(certificate.verify(read(root.certificatePem).publicKey)).toBe(true);
      expect(certificate.checkPrivateKey(leaf.key)).toBe(true);
    },
  );

  it('tells DNS names, URIs and addresses apart by their form', async () => {
    const { leaf } = await createSide('colorgateway', { names: ['gw.mesh.local', 'spiffe://mesh/gw', '127.0.0.1', '::1'] });
    expect(read(leaf.certificatePem).subjectAltName).toBe(
      'DNS:gw.mesh.local, URI:spiffe://mesh/gw, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
    );
  });

  it('grants both purposes unless told otherwise, and leaves the extension out when none is asked for', async () => {
    const root = await createRoot('root');
    const purposes = async (changes: Parameters<typeof issueLeaf>[2]): Promise<readonly string[] | undefined> =>
      read((await issueLeaf(root, 'a', changes)).certificatePem).keyUsage;
    expect(await purposes({})).toEqual(['1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.7.3.1']);
    expect(await purposes({ purposes: ['client'] })).toEqual(['1.3.6.1.5.5.7.3.2']);
    expect(await purposes({ purposes: [] })).toBeUndefined();
  });

  it('makes positive serial numbers of at most 20 bytes', async () => {
    const root = await createRoot('root');
    for (let i = 0; i < 20; i += 1) {
      const leaf = await issueLeaf(root, 'colorgateway');
      expect(read(leaf.certificatePem).serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/);
    }
  });

  it('leaves out what is to be omitted and lets an own extension take the place of a standard one', async () => {
    const root = await createRoot('root');
    const other = await issueLeaf(root, 'other', { names: ['other.mesh.local'] });
    const otherNames = other.certificate.extensions.filter(({ type }) => type === '2.5.29.17');
    const leaf = await issueLeaf(root, 'colorgateway', { extensions: otherNames, omit: ['keyUsage', 'authorityKeyIdentifier'] });
    expect(read(leaf.certificatePem).subjectAltName).toBe('DNS:other.mesh.local');
    const types = leaf.certificate.extensions.map(({ type }) => type);
    expect(types).toHaveLength(4);
    expect(types).not.toContain('2.5.29.15');
    expect(types).not.toContain('2.5.29.35');
  });

  it('can put a CA in the place of a leaf, and certify a key made before', async () => {
    const root = await createRoot('root');
    const keyPair = await generateKeyPair('EC_secp384r1');
    const leaf = await issue(root, {
      subject: '',
      names: ['a.mesh.local'],
      keyPair,
      keyUsage: ['digitalSignature', 'keyCertSign'],
      authority: { pathLength: undefined },
      ...VALID,
    });
    const certificate = read(leaf.certificatePem);
    expect(certificate.ca).toBe(true);
    expect(certificate.checkPrivateKey(keyPair.key)).toBe(true);
    expect(leaf.certificate.subject).toBe('');
  });
});
