import { AgentError } from '../errors.ts';
import type { Certificate } from './certificate.ts';
import { nameKey } from './chain.ts';
import type { Role } from './material.ts';
import { listNames } from './names.ts';

/**
 * What Envoy refuses in a leaf and the rehearsal's OpenSSL lets pass (measured on Envoy 1.40, whose TLS is BoringSSL).
 * Each rule throws with both sides of the comparison.
 */
export function checkLeaf(leaf: Certificate, roles: readonly Role[]): void {
  checkForm(leaf, 'the certificate');
  checkKey(leaf);
  checkKeyUsage(leaf);
  for (const role of roles) checkPurpose(leaf, role, '');
  if (roles.includes('server')) checkServed(leaf);
}

/** What holds for leaf and intermediates alike; `what` names the certificate. */
export function checkForm(certificate: Certificate, what: string): void {
  const { defect, critical } = certificate;
  if (defect !== undefined) throw unsupported(`${what}: ${defect}`, 'issue it again; no verifier takes it');
  const unknown = critical.filter((oid) => !CRITICAL_EXTENSIONS.includes(oid));
  if (unknown.length > 0) {
    throw unsupported(`${what} has the critical extension ${unknown.join(', ')}, which Envoy does not know; it knows ${CRITICAL_EXTENSIONS.join(', ')}`, 'issue it without that extension, or not critical');
  }
  checkSignature(certificate, what);
}

/** In RFC 5280's order: key usage, names, constraints, policies with mappings and constraints, EKU, inhibitAnyPolicy. */
const CRITICAL_EXTENSIONS = ['15', '17', '19', '30', '32', '33', '36', '37', '54'].map((arc) => `2.5.29.${arc}`);

/**
 * Envoy refuses to load other keys. P-521 it loads, but offers and accepts no signature by it, so that every handshake
 * fails; an issuer's key may be of any kind.
 */
const CURVES = ['prime256v1', 'secp384r1'];
const RSA_BITS = 2048;

function checkKey({ x509 }: Certificate): void {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = x509.publicKey;
  const taken = type === 'rsa' ? (details?.modulusLength ?? 0) >= RSA_BITS : type === 'ec' && CURVES.includes(details?.namedCurve ?? '');
  if (taken) return;
  throw new AgentError('key-unsupported', `the key is ${nameKey(x509.publicKey)}; Envoys take RSA ${RSA_BITS} and above, P-256 and P-384 from each other`, {
    hint: 'request the certificate again with KeyAlgorithm RSA_2048 or EC_prime256v1',
  });
}

/** TLS 1.3 and ECDHE always sign: Envoy refuses to load an EC certificate that may not, and its peers an RSA one. */
function checkKeyUsage({ keyUsage }: Certificate): void {
  if (keyUsage === undefined || keyUsage.has('digitalSignature')) return;
  throw new AgentError('certificate-purpose', `keyUsage is ${[...keyUsage].join(', ') || 'empty'}; TLS needs digitalSignature`, {
    hint: 'issue it from a template for TLS end entities, for example EndEntityCertificate/V1',
  });
}

const PURPOSES: Readonly<Record<Role, { oid: string; name: string }>> = {
  client: { oid: '1.3.6.1.5.5.7.3.2', name: 'clientAuth' },
  server: { oid: '1.3.6.1.5.5.7.3.1', name: 'serverAuth' },
};
const NAMES_OF_PURPOSES: Readonly<Record<string, string>> = {
  [PURPOSES.client.oid]: PURPOSES.client.name,
  [PURPOSES.server.oid]: PURPOSES.server.name,
  '2.5.29.37.0': 'anyExtendedKeyUsage',
};

/** Of a leaf and of its issuers alike; anyExtendedKeyUsage stands for nothing. `of`: whose, for an issuer. */
export function checkPurpose({ purposes }: Certificate, role: Role, of: string): void {
  const { oid, name } = PURPOSES[role];
  if (purposes === undefined || purposes.includes(oid)) return;
  const found = purposes.map((purpose) => NAMES_OF_PURPOSES[purpose] ?? purpose).join(', ') || 'empty';
  throw new AgentError('certificate-purpose', `extendedKeyUsage${of} is ${found}; used as TLS ${role} it needs ${name}`, {
    hint: `use a certificate for ${name}; certificates requested from ACM carry both`,
  });
}

/** What Envoy asks of the certificate of a listener only. */
function checkServed({ names, commonName, mustStaple }: Certificate): void {
  if (commonName === '' || (commonName === undefined && names.length === 0)) {
    const found = commonName === undefined ? 'none' : 'empty';
    throw new AgentError('certificate-name', `names presented: ${listNames(names)}, common name: ${found}; a TLS server needs a name, and no empty common name`, {
      hint: 'request it with a domain name',
    });
  }
  if (mustStaple) throw unsupported('the certificate must be served with an OCSP response (must-staple), and there is none', 'request it without the must-staple extension');
}

/** The signatures that BoringSSL verifies: with SHA-1 and SHA-2 by RSA, RSA-PSS (SHA-2 only) and ECDSA, and Ed25519. */
const SIGNATURES = new Set([
  ...['5', '11', '12', '13', '14'].map((arc) => `1.2.840.113549.1.1.${arc}`),
  ...['1', '2', '3'].map((arc) => `1.2.840.113549.1.1.10 2.16.840.1.101.3.4.2.${arc}`),
  ...['1', '3.1', '3.2', '3.3', '3.4'].map((arc) => `1.2.840.10045.4.${arc}`),
  '1.3.101.112',
]);

function checkSignature({ signature, selfSigned }: Certificate, what: string): void {
  if (selfSigned || SIGNATURES.has(signature)) return;
  throw unsupported(`${what} is signed with ${signature}; Envoy verifies SHA-1 and SHA-2 by RSA, RSA-PSS and ECDSA, and Ed25519`, 'issue it with SHA-256');
}

function unsupported(message: string, hint: string): AgentError {
  return new AgentError('certificate-unsupported', message, { hint });
}
