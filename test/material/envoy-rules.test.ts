import { describe, expect, it } from 'vitest';
import type { LeafRequest } from '../../src/demo/pki/authority.ts';
import type { AgentError } from '../../src/errors.ts';
import { parseCertificates } from '../../src/material/certificate.ts';
import { checkLeaf } from '../../src/material/envoy-rules.ts';
import type { Role } from '../../src/material/material.ts';
import { createSide } from '../fixtures/pki.ts';
import { der, extension, resign, type ToBeSigned } from '../fixtures/resigned.ts';

/** Of a leaf as it is issued, or signed again after an edit. */
async function verdict(changes: Partial<LeafRequest> | ((parts: ToBeSigned) => void), roles: readonly Role[] = ['client', 'server']): Promise<AgentError | undefined> {
  const { leaf, root } = await createSide('colorgateway', typeof changes === 'function' ? {} : changes);
  const pem = typeof changes === 'function' ? resign(leaf.certificatePem, root.keyPair.key, changes) : leaf.certificatePem;
  const [certificate] = parseCertificates(pem, 'the certificate');
  try {
    if (certificate) checkLeaf(certificate, roles);
    return undefined;
  } catch (thrown) {
    return thrown as AgentError;
  }
}

describe("Envoy's rules pass", () => {
  it.each<[string, Partial<LeafRequest>]>([
    ['the baseline', {}],
    ['P-384', { algorithm: 'EC_secp384r1' }],
    ['a certificate without extendedKeyUsage', { purposes: [] }],
    ['a certificate without keyUsage', { keyUsage: [] }],
  ])('%s', async (_what, changes) => {
    expect(await verdict(changes)).toBeUndefined();
  });

  it('a client certificate without any name', async () => {
    expect(await verdict({ subject: '', names: [] }, ['client'])).toBeUndefined();
  });
});

describe("Envoy's rules refuse", () => {
  it.each<[string, Partial<LeafRequest>, string, RegExp]>([
    ['RSA 1024 (promise 118)', { algorithm: 'RSA_1024' }, 'key-unsupported', /the key is RSA 1024; .*RSA 2048 and above/],
    ['P-521, by which Envoys take no signature (promise 118)', { algorithm: 'EC_secp521r1' }, 'key-unsupported', /the key is EC secp521r1; .*P-256 and P-384/],
    ['Ed25519', { algorithm: 'Ed25519' }, 'key-unsupported', /the key is ed25519/],
    ['a key that may not sign', { keyUsage: ['keyEncipherment'] }, 'certificate-purpose', /keyUsage is keyEncipherment; TLS needs digitalSignature/],
    ['a certificate for clients as server (promise 122)', { purposes: ['client'] }, 'certificate-purpose', /extendedKeyUsage is clientAuth; used as TLS server it needs serverAuth/],
    ['an EC key that may only agree', { keyUsage: ['keyAgreement'] }, 'certificate-purpose', /keyUsage is keyAgreement; TLS needs digitalSignature/],
    ['a server whose common name is empty, whatever its other names', { subject: 'CN=' }, 'certificate-name', /names presented: colorgateway.mesh.local, common name: empty/],
    ['a server that names nobody', { subject: '', names: [] }, 'certificate-name', /names presented: none, common name: none/],
  ])('%s', async (_what, changes, code, message) => {
    const error = await verdict(changes);
    expect(error?.code).toBe(code);
    expect(error?.message).toMatch(message);
  });
});

describe("Envoy's rules refuse what OpenSSL lets pass", () => {
  it('critical extensions that BoringSSL does not know', async () => {
    const error = await verdict((parts) => void parts.extensions.push(extension('551d1f', der(0x30), true)));
    expect(error?.code).toBe('certificate-unsupported');
    expect(error?.message).toContain('has the critical extension 2.5.29.31, which Envoy does not know; it knows 2.5.29.15');
  });

  it('must-staple, of a server only', async () => {
    const edit = (parts: ToBeSigned): void => void parts.extensions.push(extension('2b06010505070118', der(0x30, der(2, [5]))));
    expect((await verdict(edit, ['server']))?.message).toContain('must-staple');
    expect(await verdict(edit, ['client'])).toBeUndefined();
  });

  it('what has a defect', async () => {
    const error = await verdict((parts) => void parts.extensions.push(parts.extensions[0]!));
    expect(error?.message).toBe('the certificate: the extension 2.5.29.19 stands in it twice');
  });
});
