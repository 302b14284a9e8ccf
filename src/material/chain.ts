import type { KeyObject } from 'node:crypto';
import { AgentError } from '../errors.ts';
import { type Certificate, unique } from './certificate.ts';

/** A leaf and what leads from it upwards, in the order in which TLS sends it (RFC 8446 section 4.4.2). */
export interface Chain {
  readonly leaf: Certificate;
  readonly intermediates: readonly Certificate[];
  /** The self-signed end of the chain, when it came along (ACM's CertificateChain ends in it). It is not sent to peers. */
  readonly root: Certificate | undefined;
}

/**
 * The certificate that carries the key's public half, wherever it stands. Throws `key-mismatch` or `certificate-missing`.
 */
export function findLeaf(certificates: readonly Certificate[], key: KeyObject): Certificate {
  const leaf = certificates.find(({ x509 }) => x509.checkPrivateKey(key));
  if (leaf === undefined) throw mismatch(certificates, key);
  return leaf;
}

/**
 * Orders `certificates` upwards from the leaf; duplicates are left out. Of several paths the one that is valid at `now`
 * is taken, then the longest: with the certificate of a cross-signed root, peers that trust either root are served. A
 * path that ends before a root may do so (the peer has the rest), unless certificates are left over: then a link is
 * missing or wrong.
 */
export function orderChain(leaf: Certificate, certificates: readonly Certificate[], now: Date): Chain {
  const path = climb(leaf, unique(certificates), now);
  const top = path.at(-1) ?? leaf;
  if (!top.selfSigned) checkNothingLeft(certificates, path, top);
  const root = top.selfSigned ? top : undefined;
  return { leaf, intermediates: path.slice(1).filter((certificate) => certificate !== root), root };
}

/** Leaf, its issuer, and so on, up to a self-signed certificate or as far as there are issuers. */
function climb(leaf: Certificate, certificates: readonly Certificate[], now: Date): readonly Certificate[] {
  const best = new Map<Certificate, readonly Certificate[]>();
  const bestFrom = (current: Certificate): readonly Certificate[] => {
    const known = best.get(current);
    if (known !== undefined) return known;
    // what a circle of cross-signatures ends in
    best.set(current, [current]);
    const issuers = current.selfSigned ? [] : certificates.filter((candidate) => isIssuedBy(current, candidate));
    const paths = issuers.map(bestFrom).filter((path) => !path.includes(current));
    const [path = []] = paths.toSorted((a, b) => worth(b, now) - worth(a, now));
    best.set(current, [current, ...path]);
    return [current, ...path];
  };
  return bestFrom(leaf);
}

/** Validity before the number of certificates that are sent, which a root is not, before an end in a root. */
function worth(path: readonly Certificate[], now: Date): number {
  const valid = path.every(({ notBefore, notAfter }) => notBefore <= now && now <= notAfter);
  const rooted = path.at(-1)?.selfSigned === true;
  return (valid ? 1e6 : 0) + path.length - (rooted ? 0.5 : 0);
}

function checkNothingLeft(certificates: readonly Certificate[], path: readonly Certificate[], top: Certificate): void {
  const left = certificates.filter((certificate) => !path.some((member) => member.pem === certificate.pem || isIssuedBy(member, certificate)));
  if (left.length === 0) return;
  const named = left.find(({ subject }) => subject === top.issuer);
  const reason = named === undefined ? 'is not there' : whyNot(top, named);
  throw new AgentError('chain-broken', `the chain ends at ${top.subject}: its issuer ${top.issuer} ${reason}; left over: ${left.map(({ subject }) => subject).join('; ')}`, {
    hint: 'CertificateChain holds the issuers from the leaf upwards; is an intermediate missing, or one of another chain',
  });
}

function isIssuedBy(certificate: Certificate, issuer: Certificate): boolean {
  return certificate !== issuer && certificate.x509.checkIssued(issuer.x509) && certificate.x509.verify(issuer.x509.publicKey);
}

/** Why a certificate of the issuer's name is not the issuer. */
function whyNot({ x509 }: Certificate, { defect, keyUsage, x509: issuer }: Certificate): string {
  if (defect !== undefined) return `cannot be used: ${defect}`;
  if (keyUsage?.has('keyCertSign') === false) return `may not issue: keyUsage is ${[...keyUsage].join(', ') || 'empty'}, keyCertSign is needed`;
  return x509.verify(issuer.publicKey) ? 'has another key identifier than the certificate names' : 'has another key than the one that signed the certificate';
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

/** `RSA 2048`, `RSA-PSS 2048`, `EC prime256v1`, `ed25519`. */
export function nameKey(key: KeyObject): string {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  if (modulusLength !== undefined) return `${key.asymmetricKeyType === 'rsa-pss' ? 'RSA-PSS' : 'RSA'} ${modulusLength}`;
  return namedCurve === undefined ? (key.asymmetricKeyType ?? 'unknown key') : `EC ${namedCurve}`;
}
