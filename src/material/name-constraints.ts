import { AgentError } from '../errors.ts';
import type { Certificate } from './certificate.ts';
import type { Chain } from './chain.ts';
import type { AlternativeName, NameConstraints, Subtree } from './extensions.ts';
import { listNames } from './names.ts';

/**
 * Every issuer's name constraints against the names of all below it (RFC 5280 section 4.2.1.10), the way BoringSSL
 * compares: stricter than OpenSSL with wildcards, IP addresses and common names. Other forms of names are left to the
 * rehearsal, which compares everything once more and tells no reason.
 */
export function checkNameConstraints({ leaf, intermediates, root }: Chain): void {
  const path = [leaf, ...intermediates, ...(root === undefined || root === leaf ? [] : [root])];
  for (const [height, issuer] of path.entries()) {
    if (issuer.nameConstraints === undefined) continue;
    for (const below of path.slice(0, height)) checkBelow(below, issuer, issuer.nameConstraints);
    checkCommonName(leaf, issuer, issuer.nameConstraints);
  }
}

function checkBelow({ alternativeNames = [], names, subject }: Certificate, issuer: Certificate, constraints: NameConstraints): void {
  const outside = alternativeNames.find((name) => !isInside(name, constraints));
  if (outside === undefined) return;
  const reason = outside.type === 'IP' ? '; Envoy cannot compare IP addresses with a constraint' : '';
  throw refusal(`names presented: ${listNames(names)} (${subject}), ${describe(issuer, constraints)}: ${outside.value} is not permitted${reason}`);
}

/** Without a SAN extension a common name that looks like a host name cannot be trusted under a constraint. */
function checkCommonName({ alternativeNames, commonName = '' }: Certificate, issuer: Certificate, constraints: NameConstraints): void {
  if (alternativeNames !== undefined || !HOST.test(commonName)) return;
  throw refusal(`names presented: none, common name: ${commonName}, ${describe(issuer, constraints)}: they are compared with alternative names only`);
}

/** BoringSSL's idea of what looks like a host name; `_` and `:` are common in private use. */
const HOST = /^(?:\*\.)?[a-z0-9_:][\w:-]*(?:\.[a-z0-9_:][\w:-]*)*\.?$/i;

function isInside(name: AlternativeName, { permitted, excluded }: NameConstraints): boolean {
  const ofType = (subtrees: readonly Subtree[]): Subtree[] => subtrees.filter(({ type }) => type === name.type);
  const allowed = ofType(permitted);
  // neither a match nor a mismatch: BoringSSL gives up on them
  if (name.type === 'IP') return allowed.length === 0 && ofType(excluded).length === 0;
  return (allowed.length === 0 || allowed.some(({ base }) => matches(name, base, false))) && !ofType(excluded).some(({ base }) => matches(name, base, true));
}

function matches({ type, value }: AlternativeName, base: string, excluding: boolean): boolean {
  return type === 'URI' ? matchesHost(value, base.toLowerCase(), excluding) : matchesDomain(value.toLowerCase(), base.toLowerCase(), excluding);
}

/** A domain holds itself and all below it; a base with a leading dot only what is below. */
function matchesDomain(value: string, base: string, excluding: boolean): boolean {
  const [name, domain] = [value, base].map((text) => text.replace(/\.$/, '')) as [string, string];
  if (domain === '') return true;
  // a wildcard may stand for the excluded name
  if (excluding && name.startsWith('*.') && domain.includes('.') && name.slice(1) === domain.slice(domain.indexOf('.'))) return true;
  return name === domain || name.endsWith(domain.startsWith('.') ? domain : `.${domain}`);
}

/** The host of a URI; with a leading dot any host below. A URI without a host is never inside and always excluded. */
function matchesHost(uri: string, base: string, excluding: boolean): boolean {
  const host = /^[^:]*:\/\/([^:/]+)/.exec(uri)?.[1]?.toLowerCase();
  if (host === undefined) return excluding;
  return base.startsWith('.') ? host.endsWith(base) : host === base;
}

function describe({ subject }: Certificate, { permitted, excluded }: NameConstraints): string {
  const list = (subtrees: readonly Subtree[]): string => listNames(subtrees.map(({ type, base }) => `${type} ${base || 'all'}`));
  return [`${subject} permits ${permitted.length === 0 ? 'all' : list(permitted)}`, ...(excluded.length > 0 ? [`excludes ${list(excluded)}`] : [])].join(' and ');
}

function refusal(message: string): AgentError {
  return new AgentError('certificate-name', message, { hint: 'request a name that the CA may certify, or use another CA' });
}
