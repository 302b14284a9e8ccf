import type { KeyObject } from 'node:crypto';
import type { SecretText } from './secret-text.ts';

/** What a source returned: untrusted text and the source's own version of it. */
export interface Fetched {
  /** Secrets Manager's VersionId, or a digest where the source has no versions. */
  readonly version: string;
  /** A secret document (JSON of a known layout) or PEM. */
  readonly text: SecretText;
}

/** What people and Envoy call a certificate. */
export interface CertificateFacts {
  /** RFC 4514 like, most specific first: `CN=colorgateway, O=Example`. */
  readonly subject: string;
  readonly issuer: string;
  /** Lower-case hex without leading zeros or `0x`, as Envoy's `/certs` prints it. */
  readonly serial: string;
  /** SAN entries, DNS names and URIs first-come, as written: `a.example`, `spiffe://x/y`, IP addresses too. */
  readonly names: readonly string[];
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** End-entity certificate, its intermediates and the private key: valid, rehearsed, one unit. Made by `parseIdentity` only. */
export interface Identity {
  readonly kind: 'identity';
  /** Leaf first, then intermediates; normalised PEM. */
  readonly chainPem: string;
  readonly key: KeyObject;
  readonly leaf: CertificateFacts;
  readonly intermediates: readonly CertificateFacts[];
  /** SHA-256 over chain and public part; equal material has an equal fingerprint. */
  readonly fingerprint: string;
  readonly sourceVersion: string;
}

/** What people call a certificate revocation list. */
export interface RevocationFacts {
  readonly issuer: string;
  /** cRLNumber (RFC 5280 section 5.2.3), lower-case hex without leading zeros; it grows with every list. */
  readonly number: string | undefined;
  readonly thisUpdate: Date;
  /** After this Envoy refuses everything that the issuer has signed. */
  readonly nextUpdate: Date | undefined;
  /** How many certificates it lists. */
  readonly revoked: number;
}

/** Trust anchors and, if there are any, revocation lists, each checked. Made by `parseTrust` only. */
export interface TrustBundle {
  readonly kind: 'trust';
  /** Anchors, then revocation lists. */
  readonly pem: string;
  readonly anchors: readonly CertificateFacts[];
  readonly revocation: readonly RevocationFacts[];
  /** The lists alone, for readers that want them apart; empty without any. */
  readonly revocationPem: string;
  readonly fingerprint: string;
  readonly sourceVersion: string;
}

export type Material = Identity | TrustBundle;

export type Role = 'client' | 'server';
