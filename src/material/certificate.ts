import { X509Certificate } from 'node:crypto';
import { AgentError } from '../errors.ts';
import { type Der, TAG, members, readDer, readOid } from './der.ts';
import type { CertificateFacts } from './material.ts';
import { parsePem } from './pem.ts';
import { normalSerial } from './serial.ts';

/** A parsed certificate: Node's object for signatures and keys, and the parts of it that Node does not show. */
export interface Certificate extends CertificateFacts {
  readonly x509: X509Certificate;
  readonly pem: string;
  readonly commonName: string | undefined;
  /** Bits of keyUsage (RFC 5280 section 4.2.1.3); undefined: no such extension, every use is allowed. */
  readonly keyUsage: ReadonlySet<KeyUsage> | undefined;
  /** OIDs of extendedKeyUsage; undefined: no such extension. */
  readonly purposes: readonly string[] | undefined;
  /** Signed by its own key. */
  readonly selfSigned: boolean;
}

const KEY_USAGE = ['digitalSignature', 'nonRepudiation', 'keyEncipherment', 'dataEncipherment', 'keyAgreement', 'keyCertSign', 'cRLSign'] as const;
export type KeyUsage = (typeof KEY_USAGE)[number];

const OID = { keyUsage: '2.5.29.15', subjectAltName: '2.5.29.17', extendedKeyUsage: '2.5.29.37' } as const;

/** Every certificate in PEM text, in order; other blocks are passed over. `where` names the text in errors. */
export function parseCertificates(text: string, where: string): Certificate[] {
  const blocks = parsePem(text).filter(({ label }) => ['CERTIFICATE', 'X509 CERTIFICATE', 'TRUSTED CERTIFICATE'].includes(label));
  return blocks.map((block, index) => {
    try {
      return describe(new X509Certificate(block.der));
    } catch (cause) {
      const which = blocks.length === 1 ? 'the certificate' : `certificate ${index + 1} of ${blocks.length}`;
      throw new AgentError('certificate-unreadable', `${which} in ${where} cannot be read: ${reason(cause)}`, {
        hint: 'export it again; a PEM block that was cut or edited by hand does not decode',
        cause,
      });
    }
  });
}

/** `facts` alone, for what leaves this room. */
export function factsOf({ subject, issuer, serial, names, notBefore, notAfter }: Certificate): CertificateFacts {
  return { subject, issuer, serial, names, notBefore, notAfter };
}

function describe(x509: X509Certificate): Certificate {
  const extensions = readExtensions(x509.raw);
  const subject = oneLine(x509.subject);
  return {
    x509,
    pem: `${x509.toString().trimEnd()}\n`,
    subject,
    issuer: oneLine(x509.issuer),
    serial: normalSerial(x509.serialNumber),
    names: members(extensions.get(OID.subjectAltName)).flatMap(readName),
    notBefore: new Date(x509.validFrom),
    notAfter: new Date(x509.validTo),
    commonName: /(?:^|, )CN=([^,]*)/.exec(subject)?.[1],
    keyUsage: readKeyUsage(extensions.get(OID.keyUsage)),
    purposes: readPurposes(extensions.get(OID.extendedKeyUsage)),
    selfSigned: x509.checkIssued(x509) && x509.verify(x509.publicKey),
  };
}

/** Node gives one attribute a line, root first; people read most specific first. */
function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').filter((line) => line !== '').reverse().join(', ');
}

/** Extension values by OID: Certificate → TBSCertificate → [3] → SEQUENCE OF Extension (RFC 5280 section 4.1). */
function readExtensions(der: Buffer): Map<string, Der> {
  const [tbs] = members(readDer(der)[0]);
  const [list] = members(members(tbs).find(({ tag }) => tag === 0xa3));
  return new Map(
    members(list).flatMap((extension) => {
      const [oid, ...rest] = members(extension);
      const value = readDer(rest.at(-1)?.content ?? Buffer.alloc(0))[0];
      const id = readOid(oid);
      return id === undefined || value === undefined ? [] : [[id, value] as const];
    }),
  );
}

function readKeyUsage(value: Der | undefined): ReadonlySet<KeyUsage> | undefined {
  if (value?.tag !== TAG.bitString) return undefined;
  const bits = value.content[1] ?? 0;
  return new Set(KEY_USAGE.filter((_, index) => (bits & (0x80 >> index)) !== 0));
}

function readPurposes(value: Der | undefined): string[] | undefined {
  return value === undefined ? undefined : members(value).flatMap((purpose) => readOid(purpose) ?? []);
}

/** GeneralName (RFC 5280 section 4.2.1.6): [2] dNSName, [6] URI, [7] iPAddress; the other forms name no service. */
function readName({ tag, content }: Der): string[] {
  if (tag === 0x82 || tag === 0x86) return [content.toString('latin1')];
  if (tag !== 0x87) return [];
  if (content.length === 4) return [content.join('.')];
  return [Array.from({ length: content.length / 2 }, (_, i) => content.readUInt16BE(i * 2).toString(16)).join(':')];
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
