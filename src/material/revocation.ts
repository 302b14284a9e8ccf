import { AgentError } from '../errors.ts';
import type { Certificate } from './certificate.ts';
import { type RevocationList, isSignedBy, subjectName } from './crl.ts';
import type { RevocationFacts } from './material.ts';

/**
 * The lists that go to Envoy with these anchors, the newest one of each issuer. Envoy refuses whatever an issuer without a
 * good list has signed, so a list that is over, forged or missing would take the mesh down, and is an error here: `crl-invalid`,
 * `crl-expired`.
 */
export function checkRevocation(lists: readonly RevocationList[], anchors: readonly Certificate[], now: Date): RevocationList[] {
  const newest = new Map<string, RevocationList>();
  for (const list of lists) {
    checkList(list, anchors);
    const other = newest.get(list.issuer);
    if (other === undefined || isNewer(list, other)) newest.set(list.issuer, list);
  }
  for (const list of newest.values()) checkDates(list, now);
  const [uncovered] = newest.size === 0 ? [] : uncoveredBy([...newest.values()], anchors);
  if (uncovered !== undefined) {
    throw new AgentError('crl-invalid', `the trust bundle has a revocation list for ${[...newest.keys()].join(', ')} and none for ${uncovered.subject}: Envoy would refuse everything that it issued`, {
      hint: 'store a list for every CA that issues, or none at all',
    });
  }
  return [...newest.values()];
}

/** Anchors without a list of their own; one that has issued another anchor issues no leaves. */
export function uncoveredBy(lists: readonly RevocationList[], anchors: readonly Certificate[]): Certificate[] {
  return anchors.filter((anchor) => {
    const name = subjectName(anchor);
    const issuesAnchors = anchors.some((other) => other !== anchor && other.x509.checkIssued(anchor.x509));
    return !issuesAnchors && !lists.some(({ issuerName }) => issuerName.equals(name));
  });
}

export function isNewer(list: RevocationFacts, other: RevocationFacts): boolean {
  if (list.thisUpdate.getTime() !== other.thisUpdate.getTime()) return list.thisUpdate > other.thisUpdate;
  return BigInt(`0x${list.number ?? '0'}`) > BigInt(`0x${other.number ?? '0'}`);
}

function checkList({ issuer, issuerName, delta, signed }: RevocationList, anchors: readonly Certificate[]): void {
  const invalid = (why: string, hint: string): AgentError => new AgentError('crl-invalid', `the revocation list of ${issuer} ${why}`, { hint });
  const issuers = anchors.filter((anchor) => subjectName(anchor).equals(issuerName));
  if (issuers.length === 0) throw invalid('has no issuer in the trust bundle, so nobody can tell whether it is genuine', 'store the certificate of the CA that signs the list beside it');
  if (delta) throw invalid('is a delta: it lists only what has changed', 'store the complete list');
  const verdicts = issuers.map(({ x509 }) => isSignedBy(signed, x509.publicKey));
  if (verdicts.includes(true)) return;
  if (verdicts.includes(undefined)) throw invalid(`is signed with ${signed.algorithm}, which is not known here`, 'sign it with ECDSA or RSA and SHA-256, SHA-384 or SHA-512');
  throw invalid('does not carry the signature of that CA', 'fetch it again; is it the list of another CA with the same name');
}

function checkDates({ issuer, thisUpdate, nextUpdate }: RevocationList, now: Date): void {
  const expired = (what: string, hint: string): AgentError => new AgentError('crl-expired', `the revocation list of ${issuer}: ${what}, now ${iso(now)}; Envoy would refuse everything that it issued`, { hint });
  if (now < thisUpdate) throw expired(`this update ${iso(thisUpdate)}`, 'is the clock of this machine right');
  if (nextUpdate !== undefined && now > nextUpdate) throw expired(`next update ${iso(nextUpdate)}`, 'fetch a newer one; does the CA still publish');
}

/** Lists carry whole seconds. */
function iso(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}
