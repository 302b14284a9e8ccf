import { describe, expect, it } from 'vitest';
import type { LeafRequest } from '../../src/demo/pki/authority.ts';
import type { AgentError } from '../../src/errors.ts';
import { parseCertificates } from '../../src/material/certificate.ts';
import { checkLeaf } from '../../src/material/envoy-rules.ts';
import type { Role } from '../../src/material/material.ts';
import { createSide } from '../fixtures/pki.ts';

async function verdict(changes: Partial<LeafRequest>, roles: readonly Role[] = ['client', 'server']): Promise<AgentError | undefined> {
  const { leaf } = await createSide('colorgateway', changes);
  const [certificate] = parseCertificates(leaf.certificatePem, 'the certificate');
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
    ['Ed25519', { algorithm: 'Ed25519' }, 'key-unsupported', /the key is ed25519/],
    ['a key that may not sign', { keyUsage: ['keyEncipherment'] }, 'certificate-purpose', /keyUsage is keyEncipherment; TLS needs digitalSignature/],
    ['a certificate for clients as server (promise 122)', { purposes: ['client'] }, 'certificate-purpose', /extendedKeyUsage is clientAuth; used as TLS server it needs serverAuth/],
    ['a server that names nobody', { subject: '', names: [] }, 'certificate-name', /names presented: none, common name: none/],
  ])('%s', async (_what, changes, code, message) => {
    const error = await verdict(changes);
    expect(error?.code).toBe(code);
    expect(error?.message).toMatch(message);
  });
});
