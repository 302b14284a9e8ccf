import { createHash } from 'node:crypto';
import { AgentError } from '../errors.ts';
import { type Certificate, factsOf, parseCertificates, unique } from './certificate.ts';
import { type RevocationList, parseRevocationLists } from './crl.ts';
import { readDocument } from './layout.ts';
import type { Fetched, TrustBundle } from './material.ts';
import { checkRevocation, isNewer, uncoveredBy } from './revocation.ts';
import { checkValidity, expired } from './validity.ts';

/**
 * The only constructor of `TrustBundle`: the union of all sources. An anchor that can vouch for nobody is left out as long
 * as a good one stands beside it; one that is not yet valid is kept, because Envoy looks at the clock itself. A
 * certificate that is no CA is an error: somebody stored something else, and a leaf as anchor breaks at its renewal.
 */
export function parseTrust(sources: readonly Fetched[], now: Date): TrustBundle {
  const certificates = unique(sources.flatMap(anchorsIn));
  if (certificates.length === 0) throw empty('there is no certificate in the trust bundle');
  for (const certificate of certificates) checkAuthority(certificate);
  const useless = new Map(certificates.map((anchor) => [anchor, uselessness(anchor, now)]));
  const anchors = certificates.filter((anchor) => useless.get(anchor) === undefined);
  for (const error of useless.values()) if (error !== undefined && anchors.length === 0) throw error;
  // none is valid yet: say so of the first
  if (anchors.every(({ notBefore }) => now < notBefore)) for (const anchor of anchors) checkValidity(anchor, 'the trust anchor', now);
  const lists = checkRevocation(sources.flatMap(listsIn), anchors, now);
  return bundle(anchors, lists, sources.map(({ version }) => version).join(','));
}

/**
 * Every anchor of both, each once, with the newest revocation list of each issuer; of `newer` the source version. Both were
 * checked when they were made. Lists that do not cover every issuer would have Envoy refuse the others, so for the moment
 * that a union is for there are none then.
 */
export function uniteTrust(older: TrustBundle, newer: TrustBundle): TrustBundle {
  const anchors = unique(parseCertificates(newer.pem + older.pem, 'the trust bundle'));
  const lists = new Map<string, RevocationList>();
  for (const list of parseRevocationLists(newer.pem + older.pem)) {
    const other = lists.get(list.issuer);
    if (other === undefined || isNewer(list, other)) lists.set(list.issuer, list);
  }
  const complete = uncoveredBy([...lists.values()], anchors).length === 0;
  return bundle(anchors, complete ? [...lists.values()] : [], newer.sourceVersion);
}

function bundle(anchors: readonly Certificate[], lists: readonly RevocationList[], sourceVersion: string): TrustBundle {
  const [anchorsPem, revocationPem] = [anchors, lists].map((all) => all.map(({ pem }) => pem).join('')) as [string, string];
  const pem = anchorsPem + revocationPem;
  const revocation = lists.map(({ issuer, number, thisUpdate, nextUpdate, revoked }) => ({ issuer, number, thisUpdate, nextUpdate, revoked }));
  return { kind: 'trust', pem, anchors: anchors.map(factsOf), revocation, revocationPem, fingerprint: createHash('sha256').update(pem).digest('hex'), sourceVersion };
}

function listsIn({ text }: Fetched): RevocationList[] {
  const document = readDocument(text);
  switch (document.layout) {
    case 'trust':
      return parseRevocationLists(document.bundle);
    case 'pem':
      return parseRevocationLists(document.text.reveal());
    case 'identity':
      return parseRevocationLists(document.bundle ?? '');
  }
}

function anchorsIn({ text }: Fetched): Certificate[] {
  const document = readDocument(text);
  switch (document.layout) {
    case 'trust':
      return parseCertificates(document.bundle, 'the trust bundle');
    case 'pem':
      return parseCertificates(document.text.reveal(), 'the trust bundle');
    case 'identity': {
      if (document.bundle !== undefined) return parseCertificates(document.bundle, 'the trust bundle');
      const roots = parseCertificates(document.certificates, 'the chain of the identity').filter(({ selfSigned }) => selfSigned);
      if (roots.length === 0) throw empty('the secret is an identity whose chain has no self-signed certificate');
      return roots;
    }
  }
}

/** Envoy takes any certificate as anchor, whatever basicConstraints say; one that neither is a CA nor signed itself is a leaf. */
function checkAuthority({ basicConstraints, subject, issuer, serial }: Certificate): void {
  if (basicConstraints?.authority === true || subject === issuer) return;
  throw new AgentError('anchor-invalid', `${subject}, serial ${serial}, stands in the trust bundle and is no CA: basicConstraints does not say CA:TRUE, and its issuer is ${issuer}`, {
    hint: 'a trust bundle holds CA certificates; is this a leaf certificate?',
  });
}

/** Why an anchor can vouch for nobody, now and later. */
function uselessness(anchor: Certificate, now: Date): AgentError | undefined {
  const { subject, serial, defect, keyUsage, basicConstraints } = anchor;
  // one that signed itself and is no CA vouches for itself, which takes no keyCertSign
  const wrong = basicConstraints?.authority === true && keyUsage?.has('keyCertSign') === false ? `keyUsage is ${[...keyUsage].join(', ') || 'empty'}, an anchor needs keyCertSign` : defect;
  if (wrong !== undefined) return new AgentError('anchor-invalid', `the trust anchor ${subject}, serial ${serial}: ${wrong}`, { hint: 'store the certificate of the CA that issues' });
  return now > anchor.notAfter ? expired(anchor, 'the trust anchor', now) : undefined;
}

function empty(message: string): AgentError {
  return new AgentError('trust-empty', message, { hint: 'store the CA certificate as {TrustBundle}, or name the CA by its ARN' });
}
