import { type KeyObject, constants, verify } from 'node:crypto';
import { AgentError } from '../errors.ts';
import type { Certificate } from './certificate.ts';
import { type Der, TAG, encodeDer, members, readDer, readOid } from './der.ts';
import type { RevocationFacts } from './material.ts';
import { parsePem } from './pem.ts';

/** A certificate revocation list (RFC 5280 section 5), taken apart and not yet judged. */
export interface RevocationList extends RevocationFacts {
  readonly pem: string;
  /** The issuer's name as DER, to be compared with a subject byte by byte. */
  readonly issuerName: Buffer;
  /** Lists only what changed since another one; Envoy takes it for a whole one. */
  readonly delta: boolean;
  readonly signed: Signed;
}

/** What was signed, by which algorithm (OID), and the signature. */
export interface Signed {
  readonly content: Buffer;
  readonly algorithm: string;
  readonly signature: Buffer;
}

/** Under the label of RFC 7468, and the one that some tools write; OpenSSL and BoringSSL read the former only. */
const LABELS = ['X509 CRL', 'CRL'];
const OID = { number: '2.5.29.20', delta: '2.5.29.27' } as const;
const GENERALIZED_TIME = 0x18;

/** Every CRL in PEM text, in order; other blocks are passed over. Throws `crl-invalid` where one does not decode. */
export function parseRevocationLists(text: string): RevocationList[] {
  const blocks = parsePem(text).filter(({ label }) => LABELS.includes(label));
  return blocks.map(({ der, text: pem }, index) => {
    try {
      return read(der, pem.replaceAll(/(BEGIN|END) CRL/g, '$1 X509 CRL'));
    } catch (cause) {
      throw new AgentError('crl-invalid', `revocation list ${index + 1} of ${blocks.length} in the trust bundle cannot be read: ${(cause as Error).message}`, {
        hint: 'fetch it again; a PEM block that was cut or edited by hand does not decode',
        cause,
      });
    }
  });
}

/** CertificateList ::= SEQUENCE { tbsCertList, signatureAlgorithm, signature } */
function read(der: Buffer, pem: string): RevocationList {
  const [tbs, algorithm, signature] = members(readDer(der)[0]);
  const fields = members(tbs);
  // the version may be left out
  const [, issuer, thisUpdate, ...rest] = fields[0]?.tag === TAG.integer ? fields.slice(1) : fields;
  if (tbs === undefined || issuer === undefined || signature === undefined || thisUpdate === undefined) throw new RangeError('parts are missing');
  if (hasEmptyList(rest)) throw new RangeError("it has an empty list where RFC 5280 wants none at all, which Envoy's BoringSSL does not load");
  const nextUpdate = rest.find(({ tag }) => tag === TAG.utcTime || tag === GENERALIZED_TIME);
  const revoked = rest.find(({ tag }) => tag === TAG.sequence);
  const extensions = new Map(members(members(rest.find(({ tag }) => tag === 0xa0))[0]).map((each) => extension(each)));
  return {
    pem,
    issuer: readName(issuer),
    issuerName: encodeDer([issuer]),
    number: readNumber(extensions.get(OID.number)),
    thisUpdate: readTime(thisUpdate),
    nextUpdate: nextUpdate && readTime(nextUpdate),
    revoked: members(revoked).length,
    delta: extensions.has(OID.delta),
    signed: { content: encodeDer([tbs]), algorithm: readOid(members(algorithm)[0]) ?? 'unknown', signature: signature.content.subarray(1) },
  };
}

/** revokedCertificates, an entry's extensions, and the list's own: OPTIONAL, and of one member at least (RFC 5280 section 5.1). */
function hasEmptyList(fields: readonly Der[]): boolean {
  return fields.some(({ tag, content }) => {
    if (tag === 0xa0) return members(readDer(content)[0]).length === 0;
    if (tag !== TAG.sequence) return false;
    const entries = readDer(content);
    return entries.length === 0 || entries.some((entry) => members(entry).some((part) => part.tag === TAG.sequence && part.content.length === 0));
  });
}

/** Extension ::= SEQUENCE { extnID, critical DEFAULT FALSE, extnValue OCTET STRING } */
function extension(value: Der): [string, Buffer] {
  const parts = members(value);
  return [readOid(parts[0]) ?? '', parts.at(-1)?.content ?? Buffer.alloc(0)];
}

/** CRLNumber ::= INTEGER (0..MAX), as an extension's value holds it. */
function readNumber(value: Buffer | undefined): string | undefined {
  const hex = value === undefined ? '' : (readDer(value)[0]?.content.toString('hex') ?? '');
  return hex === '' ? undefined : hex.replace(/^0+(?=.)/, '');
}

/** Two digits of the year mean 1950 to 2049 (RFC 5280 section 5.1.2.4). */
function readTime({ tag, content }: Der): Date {
  const text = content.toString('latin1');
  const [, year = '', month, day, hour, minute, second] = /^(\d{2}|\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? [];
  const full = tag === GENERALIZED_TIME ? year : `${Number(year) < 50 ? '20' : '19'}${year}`;
  const date = new Date(`${full}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(date.getTime())) throw new RangeError(`its date ${text} is not written as RFC 5280 wants it`);
  return date;
}

const SHORT: Readonly<Record<string, string>> = { '2.5.4.3': 'CN', '2.5.4.6': 'C', '2.5.4.7': 'L', '2.5.4.8': 'ST', '2.5.4.10': 'O', '2.5.4.11': 'OU' };

/** For people, most specific first. */
function readName(name: Der): string {
  const parts = members(name).flatMap((set) => members(set)).map((attribute) => {
    const [type, value] = members(attribute);
    const oid = readOid(type) ?? '';
    return `${SHORT[oid] ?? oid}=${value?.content.toString() ?? ''}`;
  });
  return parts.reverse().join(', ');
}

/** The name of a certificate's subject, as `issuerName` has that of a list. */
export function subjectName({ x509 }: Certificate): Buffer {
  const fields = members(members(readDer(x509.raw)[0])[0]);
  const subject = fields[fields[0]?.tag === 0xa0 ? 5 : 4];
  return subject === undefined ? Buffer.alloc(0) : encodeDer([subject]);
}

const HASHES: Readonly<Record<string, string>> = {
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
};

/** Whether `key` signed it; undefined for an algorithm that Private CA does not use. */
export function isSignedBy({ content, algorithm, signature }: Signed, key: KeyObject): boolean | undefined {
  const hash = HASHES[algorithm];
  if (hash === undefined) return undefined;
  const isRsa = algorithm.startsWith('1.2.840.113549.');
  if (key.asymmetricKeyType !== (isRsa ? 'rsa' : 'ec')) return false;
  return verify(hash, content, isRsa ? { key, padding: constants.RSA_PKCS1_PADDING } : key, signature);
}
