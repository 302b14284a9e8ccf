import { isIP } from 'node:net';
import type { KeyPair } from './key-pair.ts';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  type Extension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type JsonGeneralName,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
} from './x509.ts';

/** Key usages by their RFC 5280 section 4.2.1.3 names. */
export type KeyUsage = Exclude<keyof typeof KeyUsageFlags, number>;
export type Purpose = 'client' | 'server';

/** Extensions by their RFC 5280 names, for leaving one out. */
export const EXTENSION_OIDS = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
} as const;
export type ExtensionName = keyof typeof EXTENSION_OIDS;

/** What the standard extensions of one certificate say, and the departures from the standard. */
export interface ExtensionWishes {
  /** Present: a CA, with this many intermediates allowed below it (`undefined`: any number). Absent: an end entity. */
  readonly authority?: { readonly pathLength: number | undefined };
  /** SAN entries: DNS names, URIs (`spiffe://…`) and IP addresses, told apart by their form. Empty: no extension. */
  readonly names: readonly string[];
  /** EKU. Empty: no extension. */
  readonly purposes: readonly Purpose[];
  /** Empty: no extension. */
  readonly keyUsage: readonly KeyUsage[];
  /** Further extensions; one with the OID of a standard extension takes its place. */
  readonly extensions: readonly Extension[];
  readonly omit: readonly ExtensionName[];
}

/** The extensions of a certificate over `subject`'s key, signed by `issuer`. */
export async function extensionsOf(subject: Pick<KeyPair, 'publicKey'>, issuer: Pick<KeyPair, 'publicKey'>, wishes: ExtensionWishes): Promise<Extension[]> {
  const standard = [
    new BasicConstraintsExtension(wishes.authority !== undefined, wishes.authority?.pathLength, true),
    ...keyUsage(wishes.keyUsage),
    ...extendedKeyUsage(wishes.purposes),
    ...subjectAltName(wishes.names),
    await SubjectKeyIdentifierExtension.create(subject.publicKey),
    await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
  ];
  const replaced = new Set([...wishes.extensions.map(({ type }) => type), ...wishes.omit.map((name) => EXTENSION_OIDS[name])]);
  return [...standard.filter(({ type }) => !replaced.has(type)), ...wishes.extensions];
}

function keyUsage(usages: readonly KeyUsage[]): Extension[] {
  if (usages.length === 0) return [];
  return [new KeyUsagesExtension(usages.map((usage) => KeyUsageFlags[usage]).reduce((sum, flag) => sum | flag), true)];
}

function extendedKeyUsage(purposes: readonly Purpose[]): Extension[] {
  const oids = { client: ExtendedKeyUsage.clientAuth, server: ExtendedKeyUsage.serverAuth };
  return purposes.length === 0 ? [] : [new ExtendedKeyUsageExtension(purposes.map((purpose) => oids[purpose]))];
}

function subjectAltName(names: readonly string[]): Extension[] {
  return names.length === 0 ? [] : [new SubjectAlternativeNameExtension(names.map(generalName))];
}

function generalName(value: string): JsonGeneralName {
  if (isIP(value) !== 0) return { type: 'ip', value };
  return /^[a-z][a-z0-9+.-]*:/i.test(value) ? { type: 'url', value } : { type: 'dns', value };
}
