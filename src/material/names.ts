import { AgentError } from '../errors.ts';
import type { Certificate } from './certificate.ts';
import type { AlternativeName } from './extensions.ts';

/** One of `wanted` must be among the presented names, compared as the matchers do that the compiler writes. */
export function checkNames({ names, alternativeNames = [] }: Certificate, wanted: readonly string[]): void {
  if (wanted.length === 0 || wanted.some((name) => alternativeNames.some((presented) => covers(presented, name)))) return;
  throw new AgentError('certificate-name', `names presented: ${listNames(names)}, wanted one of: ${wanted.join(', ')}`, {
    hint: 'is this the secret of another endpoint? otherwise set MTLS_NAMES, or request the certificate with that name',
  });
}

/** A certificate may carry thousands; ten tell whose it is. */
export function listNames(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  return names.length <= 10 ? names.join(', ') : `${names.slice(0, 10).join(', ')} and ${names.length - 10} more`;
}

/** A wanted name with `://` is compared with URIs, octet by octet; any other one with DNS names. */
function covers({ type, value }: AlternativeName, wanted: string): boolean {
  if (wanted.includes('://')) return type === 'URI' && value === wanted;
  return type === 'DNS' && coversDns(value.toLowerCase(), wanted.toLowerCase());
}

/** Envoy's DNS matcher: one wildcard, in the leftmost label of several (RFC 6125 section 6.4.3), part of it or all. */
function coversDns(pattern: string, name: string): boolean {
  if (pattern === name) return true;
  const [[label, domain], [nameLabel, nameDomain]] = [split(pattern), split(name)];
  const [before, after, ...more] = label.split('*');
  if (domain === undefined || domain !== nameDomain || domain.includes('*')) return false;
  // an A-label is encoded: a wildcard in it would stand for something else
  if (before === undefined || after === undefined || more.length > 0 || before.startsWith('xn--')) return false;
  return nameLabel.length >= before.length + after.length && nameLabel.startsWith(before) && nameLabel.endsWith(after);
}

/** The leftmost label, and what follows its dot. */
function split(name: string): [label: string, domain: string | undefined] {
  const dot = name.indexOf('.');
  return dot < 0 ? [name, undefined] : [name.slice(0, dot), name.slice(dot + 1)];
}
