import { AgentError } from '../errors.ts';
import type { Certificate } from './certificate.ts';
import { nameKey } from './chain.ts';
import type { Role } from './material.ts';

/**
 * What Envoy's BoringSSL refuses and the rehearsal's OpenSSL lets pass (facts measured on Envoy 1.40). Each rule throws
 * with both sides of the comparison.
 */
export function checkEnvoyRules(leaf: Certificate, roles: readonly Role[]): void {
  checkKey(leaf);
  checkKeyUsage(leaf);
  checkNameable(leaf);
  for (const role of roles) checkPurpose(leaf, role);
}

/** Envoy's load-time checks: RSA of 2048 bits or more, ECDSA on P-256, P-384 or P-521. */
const CURVES = ['prime256v1', 'secp384r1', 'secp521r1'];
const RSA_BITS = 2048;

function checkKey({ x509 }: Certificate): void {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = x509.publicKey;
  const taken = type === 'rsa' ? (details?.modulusLength ?? 0) >= RSA_BITS : type === 'ec' && CURVES.includes(details?.namedCurve ?? '');
  if (taken) return;
  throw new AgentError('key-unsupported', `the key is ${nameKey(x509.publicKey)}; Envoy takes RSA ${RSA_BITS} and above, P-256, P-384 and P-521`, {
    hint: 'request the certificate again with KeyAlgorithm RSA_2048 or EC_prime256v1',
  });
}

/** TLS 1.3 and ECDHE always sign; an RSA certificate whose keyUsage lacks digitalSignature is refused by the peer. */
function checkKeyUsage({ x509, keyUsage }: Certificate): void {
  if (x509.publicKey.asymmetricKeyType !== 'rsa' || keyUsage === undefined || keyUsage.has('digitalSignature')) return;
  throw new AgentError('certificate-purpose', `keyUsage is ${[...keyUsage].join(', ')}; TLS with an RSA key needs digitalSignature`, {
    hint: 'issue it from a template for TLS end entities, for example EndEntityCertificate/V1',
  });
}

/** Envoy refuses a server certificate that names nobody. */
function checkNameable({ names, commonName }: Certificate): void {
  if (names.length > 0 || (commonName ?? '') !== '') return;
  throw new AgentError('certificate-name', 'the certificate has neither a subject alternative name nor a common name', {
    hint: 'request it with a domain name',
  });
}

const PURPOSES: Readonly<Record<Role, { oid: string; name: string }>> = {
  client: { oid: '1.3.6.1.5.5.7.3.2', name: 'clientAuth' },
  server: { oid: '1.3.6.1.5.5.7.3.1', name: 'serverAuth' },
};
const NAMES_OF_PURPOSES: Readonly<Record<string, string>> = {
  [PURPOSES.client.oid]: PURPOSES.client.name,
  [PURPOSES.server.oid]: PURPOSES.server.name,
};

function checkPurpose({ purposes }: Certificate, role: Role): void {
  const { oid, name } = PURPOSES[role];
  if (purposes === undefined || purposes.includes(oid)) return;
  const found = purposes.map((purpose) => NAMES_OF_PURPOSES[purpose] ?? purpose).join(', ');
  throw new AgentError('certificate-purpose', `extendedKeyUsage is ${found}; used as TLS ${role} it needs ${name}`, {
    hint: `use a certificate for ${name}; certificates requested from ACM carry both`,
  });
}

/** One of `wanted` must be among the presented names; a wildcard covers one label (RFC 6125 section 6.4.3). */
export function checkNames({ names }: Certificate, wanted: readonly string[]): void {
  if (wanted.length === 0 || wanted.some((name) => names.some((presented) => covers(presented, name)))) return;
  throw new AgentError('certificate-name', `names presented: ${names.join(', ') || 'none'}, wanted one of: ${wanted.join(', ')}`, {
    hint: 'is this the secret of another endpoint? otherwise set MTLS_NAMES, or request the certificate with that name',
  });
}

function covers(presented: string, wanted: string): boolean {
  const [pattern, name] = [presented.toLowerCase(), wanted.toLowerCase()];
  if (pattern === name) return true;
  return pattern.startsWith('*.') && name.includes('.') && name.slice(name.indexOf('.')) === pattern.slice(1);
}
