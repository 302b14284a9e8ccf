import { type KeyObject, randomBytes } from 'node:crypto';
import { type ExtensionName, extensionsOf, type ExtensionWishes, type KeyUsage, type Purpose } from './extensions.ts';
import { generateKeyPair, type KeyAlgorithm, type KeyPair, signatureOf } from './key-pair.ts';
import { type Extension, Name, Pkcs10CertificateRequest, SubjectAlternativeNameExtension, type X509Certificate, X509CertificateGenerator } from './x509.ts';

/** What every certificate is asked for with. */
interface CertificateRequest {
  /** RFC 4514: `CN=colorgateway, O=Example`; may be empty. */
  readonly subject: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Of the key made for it. Default: P-256, the fastest one ACM knows. Ignored with `keyPair`. */
  readonly algorithm?: KeyAlgorithm;
  /** A key made before, for the same key in two certificates. */
  readonly keyPair?: KeyPair;
  /** Hex, positive, at most 20 bytes (RFC 5280 section 4.1.2.2). Default: 16 random bytes. */
  readonly serial?: string;
  /** Empty: no extension. */
  readonly keyUsage?: readonly KeyUsage[];
  /** Further extensions; one with the OID of a standard extension takes its place. */
  readonly extensions?: readonly Extension[];
  /** Standard extensions to leave out. */
  readonly omit?: readonly ExtensionName[];
}

export interface AuthorityRequest extends CertificateRequest {
  /** Absent: a root. */
  readonly issuer?: Authority;
  /** How many intermediates may follow it; default: any number. */
  readonly pathLength?: number;
}

/** An end-entity certificate; with `authority` a CA in the place of a leaf. */
export interface LeafRequest extends CertificateRequest {
  /** SAN entries: DNS names, URIs and IP addresses, told apart by their form. Default: no extension. */
  readonly names?: readonly string[];
  /** Default: both. Empty: no extension. */
  readonly purposes?: readonly Purpose[];
  readonly authority?: ExtensionWishes['authority'];
}

/** A certificate authority that can sign. */
export interface Authority {
  readonly certificate: X509Certificate;
  readonly certificatePem: string;
  /** Its issuers, nearest first, up to and including the root; empty for a root. */
  readonly chainPem: string;
  readonly keyPair: KeyPair;
}

/** A certificate with its key, as ACM hands it out. */
export interface Issued {
  readonly certificate: X509Certificate;
  readonly certificatePem: string;
  /** Its issuers, nearest first, up to and including the root (ACM's `CertificateChain`). */
  readonly chainPem: string;
  readonly key: KeyObject;
  readonly keyPair: KeyPair;
}

/** A root, or an intermediate when an issuer is given. */
export async function createAuthority(request: AuthorityRequest): Promise<Authority> {
  const keyPair = request.keyPair ?? (await generateKeyPair(request.algorithm ?? 'EC_prime256v1'));
  const signer = { name: request.issuer?.certificate.subjectName ?? new Name(request.subject), keyPair: request.issuer?.keyPair ?? keyPair };
  const certificate = await sign(request, keyPair, signer, {
    authority: { pathLength: request.pathLength },
    names: [],
    purposes: [],
    keyUsage: request.keyUsage ?? ['digitalSignature', 'keyCertSign', 'cRLSign'],
  });
  return { certificate, certificatePem: pemOf(certificate), chainPem: request.issuer ? chainOf(request.issuer) : '', keyPair };
}

/** An end-entity certificate signed by `issuer`. */
export async function issue(issuer: Authority, request: LeafRequest): Promise<Issued> {
  const keyPair = request.keyPair ?? (await generateKeyPair(request.algorithm ?? 'EC_prime256v1'));
  const signer = { name: issuer.certificate.subjectName, keyPair: issuer.keyPair };
  const certificate = await sign(request, keyPair, signer, {
    names: request.names ?? [],
    purposes: request.purposes ?? ['client', 'server'],
    keyUsage: request.keyUsage ?? defaultUsage(keyPair),
    ...(request.authority && { authority: request.authority }),
  });
  return { certificate, certificatePem: pemOf(certificate), chainPem: chainOf(issuer), key: keyPair.key, keyPair };
}

/** A certificate for somebody who keeps his key: subject, names and public part are those of his request (PKCS#10, PEM). Throws on a request that is not signed by its key. */
export async function issueFor(issuer: Authority, csrPem: string, dates: { readonly notBefore: Date; readonly notAfter: Date }): Promise<{ readonly certificatePem: string; readonly chainPem: string }> {
  const csr = new Pkcs10CertificateRequest(csrPem);
  if (!(await csr.verify())) throw new Error('the request is not signed by its own key');
  const signer = { name: issuer.certificate.subjectName, keyPair: issuer.keyPair };
  const alternatives = csr.extensions.find((extension) => extension instanceof SubjectAlternativeNameExtension);
  const wanted = alternatives?.names.items.map(({ value }) => value) ?? [];
  const publicKey = (await csr.publicKey.export()) as KeyPair['publicKey'];
  const certificate = await sign({ subject: csr.subject, ...dates }, { publicKey }, signer, { names: wanted, purposes: ['client', 'server'], keyUsage: ['digitalSignature'] });
  return { certificatePem: pemOf(certificate), chainPem: chainOf(issuer) };
}

type Signer = Readonly<{ name: Name; keyPair: KeyPair }>;
type Standard = Omit<ExtensionWishes, 'extensions' | 'omit'>;

async function sign(request: CertificateRequest, keyPair: Pick<KeyPair, 'publicKey'>, signer: Signer, standard: Standard): Promise<X509Certificate> {
  const { extensions = [], omit = [] } = request;
  return X509CertificateGenerator.create({
    subject: request.subject,
    issuer: signer.name,
    serialNumber: request.serial ?? randomSerial(),
    notBefore: request.notBefore,
    notAfter: request.notAfter,
    publicKey: keyPair.publicKey,
    signingKey: signer.keyPair.privateKey,
    signingAlgorithm: signatureOf(signer.keyPair.algorithm),
    extensions: await extensionsOf(keyPair, signer.keyPair, { ...standard, extensions, omit }),
  });
}

// RSA key transport is gone from TLS 1.3, but TLS 1.2 suites still ask for keyEncipherment
function defaultUsage({ algorithm }: KeyPair): readonly KeyUsage[] {
  return algorithm.startsWith('RSA') ? ['digitalSignature', 'keyEncipherment'] : ['digitalSignature'];
}

/** First byte 0x40 to 0x7f: positive, and no leading zero byte that DER would drop. */
function randomSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}

function chainOf(issuer: Authority): string {
  return issuer.certificatePem + issuer.chainPem;
}

function pemOf(certificate: X509Certificate): string {
  return `${certificate.toString('pem').trimEnd()}\n`;
}
