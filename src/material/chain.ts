import type { KeyObject } from 'node:crypto';
import { AgentError } from '../errors.ts';
import type { Certificate } from './certificate.ts';

/** A leaf and what leads from it upwards, in the order in which TLS sends it (RFC 8446 section 4.4.2). */
export interface Chain {
  readonly leaf: Certificate;
  readonly intermediates: readonly Certificate[];
  /** The self-signed end of the chain, when it came along (ACM's CertificateChain ends in it). It is not sent to peers. */
  readonly root: Certificate | undefined;
}

/**
 * Orders `certificates` around the key: the leaf is the one that carries the key's public half, wherever it stands;
 * duplicates are left out. Of two issuers that fit, the one valid at `now` is taken. A chain that ends before a root
 * may do so (the peer has the rest), unless certificates are left over: then a link is missing or wrong.
 */
export function orderChain(certificates: readonly Certificate[], key: KeyObject, now: Date): Chain {
  const leaf = certificates.find(({ x509 }) => x509.checkPrivateKey(key));
  if (leaf === undefined) throw mismatch(certificates, key);
  const path = climb(leaf, certificates, now);
  const top = path.at(-1) ?? leaf;
  if (!top.selfSigned) checkNothingLeft(certificates, path, top);
  const root = top.selfSigned ? top : undefined;
  return { leaf, intermediates: path.slice(1).filter((certificate) => certificate !== root), root };
}

/** Leaf, its issuer, and so on, up to a self-signed certificate or as far as there are issuers. */
function climb(leaf: Certificate, certificates: readonly Certificate[], now: Date): Certificate[] {
  const path = [leaf];
  for (let current = leaf; !current.selfSigned; ) {
    const issuer = findIssuer(current, certificates, now);
    if (issuer === undefined || path.includes(issuer)) break;
    path.push(issuer);
    current = issuer;
  }
  return path;
}

function checkNothingLeft(certificates: readonly Certificate[], path: readonly Certificate[], top: Certificate): void {
  const used = new Set(path.map(({ pem }) => pem));
  const left = certificates.filter(({ pem }) => !used.has(pem));
  if (left.length === 0) return;
  const found = left.map(({ subject }) => subject).join('; ');
  throw new AgentError('chain-broken', `the chain ends at ${top.subject}: its issuer ${top.issuer} is not there, or may not issue; left over: ${found}`, {
    hint: 'CertificateChain holds the issuers from the leaf upwards; is an intermediate missing, or is one no CA',
  });
}

function findIssuer(certificate: Certificate, candidates: readonly Certificate[], now: Date): Certificate | undefined {
  const issuers = candidates.filter((candidate) => candidate !== certificate && isIssuedBy(certificate, candidate));
  return issuers.find(({ notBefore, notAfter }) => notBefore <= now && now <= notAfter) ?? issuers[0];
}

function isIssuedBy({ x509 }: Certificate, issuer: Certificate): boolean {
  return x509.checkIssued(issuer.x509) && x509.verify(issuer.x509.publicKey);
}

function mismatch(certificates: readonly Certificate[], key: KeyObject): AgentError {
  const [first] = certificates;
  if (first === undefined) {
    return new AgentError('certificate-missing', 'there is no certificate where one is expected', { hint: 'the field wants the PEM text as ACM exports it' });
  }
  return new AgentError(
    'key-mismatch',
    `the private key (${nameKey(key)}) does not belong to the certificate ${first.subject}, serial ${first.serial} (${nameKey(first.x509.publicKey)})`,
    { hint: 'certificate and key must come from one export; export again and store both in one version' },
  );
}

/** `RSA 2048`, `EC prime256v1`, `ed25519`. */
export function nameKey(key: KeyObject): string {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  if (modulusLength !== undefined) return `RSA ${modulusLength}`;
  return namedCurve === undefined ? (key.asymmetricKeyType ?? 'unknown key') : `EC ${namedCurve}`;
}
