import { X509Certificate } from 'node:crypto';
import { AgentError } from '../errors.ts';
import { type Der, TAG, encodeDer, hasPieces, members, readDer, readOid } from './der.ts';
import { type Extensions, readExtensions } from './extensions.ts';
import type { CertificateFacts } from './material.ts';
import { formatPem, parsePem } from './pem.ts';
import { normalSerial } from './serial.ts';

/** A parsed certificate: Node's object for signatures and keys, and the parts of it that Node does not show. */
export interface Certificate extends CertificateFacts, Extensions {
  readonly x509: X509Certificate;
  readonly pem: string;
  /** The first one of the subject; may be empty. */
  readonly commonName: string | undefined;
  /** OID of the issuer's signature; of RSASSA-PSS followed by that of its hash. */
  readonly signature: string;
  /** Signed by its own key. */
  readonly selfSigned: boolean;
}

/** Every certificate in PEM text, in order; other blocks are passed over. `where` names the text in errors. */
export function parseCertificates(text: string, where: string): Certificate[] {
  const blocks = parsePem(text).filter(({ label }) => ['CERTIFICATE', 'X509 CERTIFICATE', 'TRUSTED CERTIFICATE'].includes(label));
  return blocks.map((block, index) => {
    try {
      return describe(open(block.der));
    } catch (cause) {
      const which = blocks.length === 1 ? 'the certificate' : `certificate ${index + 1} of ${blocks.length}`;
      throw new AgentError('certificate-unreadable', `${which} in ${where} cannot be read: ${reason(cause)}`, {
        hint: 'export it again; a PEM block that was cut or edited by hand does not decode',
        cause,
      });
    }
  });
}

/** Each certificate once, in the place of the first one of its kind. */
export function unique(certificates: readonly Certificate[]): Certificate[] {
  return [...new Map(certificates.map((certificate) => [certificate.pem, certificate])).values()];
}

/** `facts` alone, for what leaves this room. */
export function factsOf({ subject, issuer, serial, names, notBefore, notAfter }: Certificate): CertificateFacts {
  return { subject, issuer, serial, names, notBefore, notAfter };
}

interface Opened {
  readonly x509: X509Certificate;
  /** The certificate itself, without what may follow it in a TRUSTED CERTIFICATE. */
  readonly der: Buffer;
  /** Its dates are not the certificate's: those cannot be read. */
  readonly undated: boolean;
}

/** OpenSSL 3.5 opens no certificate whose dates it cannot read, 3.0 does: the verdict must not depend on it. */
function open(der: Buffer): Opened {
  try {
    const x509 = new X509Certificate(der);
    return { x509, der: x509.raw, undated: false };
  } catch (cause) {
    try {
      return { x509: new X509Certificate(withReadableDates(der)), der, undated: true };
    } catch {
      throw cause;
    }
  }
}

function withReadableDates(der: Buffer): Buffer {
  const [tbs, ...rest] = members(readDer(der)[0]);
  const fields = members(tbs);
  const dates = ['700101000000Z', '491231235959Z'].map((text) => ({ tag: TAG.utcTime, content: Buffer.from(text) }));
  fields[validityAt(fields)] = { tag: TAG.sequence, content: encodeDer(dates) };
  return encodeDer([{ tag: TAG.sequence, content: encodeDer([{ tag: TAG.sequence, content: encodeDer(fields) }, ...rest]) }]);
}

/** TBSCertificate (RFC 5280 section 4.1): its version may be left out. */
function validityAt([first]: readonly Der[]): number {
  return first?.tag === 0xa0 ? 4 : 3;
}

function describe(opened: Opened): Certificate {
  const { x509, der } = opened;
  const [tbs, signature] = members(readDer(der)[0]);
  const fields = members(tbs);
  const extensions = readExtensions(members(members(fields.find(({ tag }) => tag === 0xa3))[0]));
  const [notBefore, notAfter] = [new Date(x509.validFrom), new Date(x509.validTo)];
  // read here, where a key that does not decode is an error of this certificate; everybody later reads it without a guard
  const { publicKey } = x509;
  return {
    ...extensions,
    x509,
    pem: formatPem('CERTIFICATE', der),
    subject: oneLine(x509.subject),
    issuer: oneLine(x509.issuer),
    serial: normalSerial(x509.serialNumber),
    names: (extensions.alternativeNames ?? []).map(({ value }) => value),
    notBefore,
    notAfter,
    commonName: /(?:^| \+ )CN=(.*?)(?: \+ |$)/m.exec(x509.subject)?.[1],
    signature: readSignature(signature),
    selfSigned: x509.checkIssued(x509) && x509.verify(publicKey),
    defect: formDefect(fields, opened) ?? extensions.defect,
  };
}

/** What BoringSSL does not load, or cannot compare with a date. */
function formDefect(fields: readonly Der[], { x509: { validFrom, validTo }, undated }: Opened): string | undefined {
  const [first] = fields;
  const version = first?.tag === 0xa0 ? (first.content.at(-1) ?? 0) + 1 : 1;
  if (version !== 3 && fields.some(({ tag }) => tag === 0xa3)) return `it has extensions and is of version ${version}; they need version 3`;
  const validity = members(fields[validityAt(fields)]);
  if (hasPieces(fields)) return 'a string in it is written in pieces, as BER allows and DER does not';
  const wellFormed = validity.every(({ content }) => /^(?:\d\d)?\d{12}Z$/.test(content.toString('latin1')));
  if (!undated && wellFormed && [validFrom, validTo].every((time) => !Number.isNaN(Date.parse(time)))) return undefined;
  return `its validity (${validity.map(({ content }) => content.toString('latin1')).join(' to ')}) is not written as RFC 5280 wants it`;
}

/** Node gives one attribute a line, root first; people read most specific first. */
function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').filter((line) => line !== '').reverse().join(', ');
}

/** AlgorithmIdentifier; RSASSA-PSS-params ::= SEQUENCE { [0] hashAlgorithm DEFAULT sha1, … } (RFC 4055 section 3.1). */
function readSignature(identifier: Der | undefined): string {
  const [algorithm, parameters] = members(identifier);
  const oid = readOid(algorithm) ?? 'unknown';
  if (oid !== RSASSA_PSS) return oid;
  const hash = members(members(parameters).find(({ tag }) => tag === 0xa0))[0];
  return `${oid} ${readOid(members(hash)[0]) ?? SHA1}`;
}

const RSASSA_PSS = '1.2.840.113549.1.1.10';
const SHA1 = '1.3.14.3.2.26';

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
