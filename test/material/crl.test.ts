import { beforeAll, describe, expect, it } from 'vitest';
import { parseCertificates } from '../../src/material/certificate.ts';
import { isSignedBy, parseRevocationLists, subjectName } from '../../src/material/crl.ts';
import { parsePem } from '../../src/material/pem.ts';
import { createAuthority } from '../../src/demo/pki/authority.ts';
import { NOW, type Pki, VALID, createPki, createRoot } from '../fixtures/pki.ts';
import { revocationList } from '../fixtures/revocation.ts';

let pki: Pki;
beforeAll(async () => {
  pki = await createPki();
});

const anchor = (pem: string) => parseCertificates(pem, 'the test')[0]!;

describe('a revocation list', () => {
  it('tells its issuer, number, dates and how many certificates it revokes', async () => {
    const text = await revocationList(pki.gateway.root, { revoked: ['4a', '4b'], number: 300 });
    expect(parseRevocationLists(text)).toMatchObject([
      { issuer: 'CN=colorgateway root', number: '12c', thisUpdate: new Date(NOW.getTime() - 86_400_000), nextUpdate: new Date(NOW.getTime() + 6 * 86_400_000), revoked: 2, delta: false },
    ]);
  });

  it('is found among certificates and stray text, under the label of old tools as well, and leaves under that of RFC 7468', async () => {
    const text = await revocationList(pki.gateway.root);
    const old = text.replaceAll('X509 CRL', 'CRL');
    const [list] = parseRevocationLists(`a comment\n${pki.gateway.root.certificatePem}${old}`);
    expect(list?.pem).toBe(text);
    expect(parseRevocationLists(pki.gateway.root.certificatePem)).toEqual([]);
  });

  it('names its issuer byte by byte as the certificate of that CA names itself', async () => {
    const root = await createAuthority({ subject: 'C=DE, O=Exämple, CN=a root', ...VALID });
    const [list] = parseRevocationLists(await revocationList(root));
    expect(list?.issuer).toBe('CN=a root, O=Exämple, C=DE');
    expect(subjectName(anchor(root.certificatePem)).equals(list!.issuerName)).toBe(true);
    expect(subjectName(anchor(pki.teller.root.certificatePem)).equals(list!.issuerName)).toBe(false);
  });

  it.each(['EC_prime256v1', 'EC_secp384r1', 'RSA_2048'] as const)('of a CA with %s carries a signature that only its key has made', async (algorithm) => {
    const root = await createAuthority({ subject: 'CN=a root', algorithm, ...VALID });
    const [list] = parseRevocationLists(await revocationList(root));
    const stranger = await createRoot('a root');
    expect(isSignedBy(list!.signed, anchor(root.certificatePem).x509.publicKey)).toBe(true);
    expect(isSignedBy(list!.signed, anchor(stranger.certificatePem).x509.publicKey)).toBe(false);
    const content = Buffer.from(list!.signed.content);
    content[content.length - 1]! ^= 1;
    expect(isSignedBy({ ...list!.signed, content }, anchor(root.certificatePem).x509.publicKey)).toBe(false);
    expect(isSignedBy({ ...list!.signed, algorithm: '1.2.3' }, anchor(root.certificatePem).x509.publicKey)).toBeUndefined();
  });

  it('with an empty list of extensions is refused, because BoringSSL does not load it', async () => {
    const text = await revocationList(pki.gateway.root, { revoked: ['4a'], reasons: false });
    expect(() => parseRevocationLists(text)).toThrow(expect.objectContaining({ code: 'crl-invalid', message: expect.stringMatching(/empty list/) as string }));
  });

  it('that is cut anywhere is an error and never an exception of another kind', async () => {
    const text = await revocationList(pki.gateway.root, { revoked: ['4a'] });
    const [{ der } = { der: Buffer.alloc(0) }] = parsePem(text);
    for (let length = 0; length < der.length; length += 1) {
      const cut = `-----BEGIN X509 CRL-----\n${der.subarray(0, length).toString('base64')}\n-----END X509 CRL-----\n`;
      expect(() => parseRevocationLists(cut), `${length} bytes`).toThrow(expect.objectContaining({ code: 'crl-invalid' }));
    }
  });
});
