import { createHash } from 'node:crypto';
import { AgentError } from '../errors.ts';
import { type Certificate, factsOf, parseCertificates } from './certificate.ts';
import { readDocument } from './layout.ts';
import type { Fetched, TrustBundle } from './material.ts';
import { checkValidity } from './validity.ts';

/**
 * The only constructor of `TrustBundle`: the union of all sources, every anchor a CA that is valid now. An expired
 * anchor beside valid ones is left out, because it can vouch for nobody; a certificate that is no CA is an error,
 * because then somebody stored something else.
 */
export function parseTrust(sources: readonly Fetched[], now: Date): TrustBundle {
  const certificates = unique(sources.flatMap(anchorsIn));
  for (const certificate of certificates) checkAuthority(certificate);
  const valid = certificates.filter(({ notAfter }) => now <= notAfter);
  // none is valid: say so of the first
  if (valid.length === 0 && certificates[0] !== undefined) checkValidity(certificates[0], 'the trust anchor', now);
  for (const anchor of valid) checkValidity(anchor, 'the trust anchor', now);
  if (valid.length === 0) throw empty('there is no certificate in the trust bundle');
  return bundle(valid, sources.map(({ version }) => version).join(','));
}

/** Every anchor of both, each once; of `newer` the source version. Both were checked when they were made. */
export function uniteTrust(older: TrustBundle, newer: TrustBundle): TrustBundle {
  return bundle(unique(parseCertificates(newer.pem + older.pem, 'the trust bundle')), newer.sourceVersion);
}

function bundle(anchors: readonly Certificate[], sourceVersion: string): TrustBundle {
  const pem = anchors.map((anchor) => anchor.pem).join('');
  return { kind: 'trust', pem, anchors: anchors.map(factsOf), fingerprint: createHash('sha256').update(pem).digest('hex'), sourceVersion };
}

function anchorsIn({ text }: Fetched): Certificate[] {
  const document = readDocument(text);
  switch (document.layout) {
    case 'trust':
      return parseCertificates(document.bundle, 'the trust bundle');
    case 'pem':
      return parseCertificates(document.text.reveal(), 'the trust bundle');
    case 'identity': {
      const roots = parseCertificates(document.certificates, 'the chain of the identity').filter(isAnchor);
      if (roots.length === 0) throw empty('the secret is an identity whose chain has no self-signed certificate');
      return roots;
    }
  }
}

function isAnchor({ selfSigned, x509 }: Certificate): boolean {
  return selfSigned && x509.ca;
}

function checkAuthority({ x509, subject, serial }: Certificate): void {
  if (x509.ca) return;
  throw new AgentError('anchor-invalid', `${subject}, serial ${serial}, stands in the trust bundle and is no CA: basicConstraints does not say CA:TRUE`, {
    hint: 'a trust bundle holds CA certificates; is this a leaf certificate?',
  });
}

function unique(certificates: readonly Certificate[]): Certificate[] {
  return [...new Map(certificates.map((certificate) => [certificate.x509.fingerprint256, certificate])).values()];
}

function empty(message: string): AgentError {
  return new AgentError('trust-empty', message, { hint: 'store the CA certificate as {TrustBundle}, or name the CA by its ARN' });
}
