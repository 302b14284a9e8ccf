import { type Der, TAG, members, readDer, readOid } from './der.ts';

const KEY_USAGE = ['digitalSignature', 'nonRepudiation', 'keyEncipherment', 'dataEncipherment', 'keyAgreement', 'keyCertSign', 'cRLSign'] as const;
export type KeyUsage = (typeof KEY_USAGE)[number];

/** A GeneralName that can name a service (RFC 5280 section 4.2.1.6). */
export interface AlternativeName {
  readonly type: 'DNS' | 'URI' | 'IP';
  readonly value: string;
}

/** RFC 5280 section 4.2.1.10. The base of an IP range is `ADDRESS/MASK`, of other forms hex. */
export interface NameConstraints {
  readonly permitted: readonly Subtree[];
  readonly excluded: readonly Subtree[];
}
export interface Subtree {
  readonly type: 'DNS' | 'URI' | 'IP' | 'other';
  readonly base: string;
}

/** What a certificate's extensions say (RFC 5280 section 4.2). Undefined: there is no such extension. */
export interface Extensions {
  readonly keyUsage: ReadonlySet<KeyUsage> | undefined;
  /** OIDs of extendedKeyUsage. */
  readonly purposes: readonly string[] | undefined;
  readonly alternativeNames: readonly AlternativeName[] | undefined;
  readonly basicConstraints: { readonly authority: boolean; readonly pathLength: number | undefined } | undefined;
  readonly nameConstraints: NameConstraints | undefined;
  /** OIDs of certificatePolicies. */
  readonly policies: readonly string[] | undefined;
  /** requireExplicitPolicy of policyConstraints: after how many further certificates a policy is demanded. */
  readonly explicitPolicy: number | undefined;
  /** The TLS feature status_request (RFC 7633). */
  readonly mustStaple: boolean;
  /** OIDs of the extensions that are marked critical. */
  readonly critical: readonly string[];
  /** Why no verifier takes them. */
  readonly defect: string | undefined;
}

const OID = {
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  policies: '2.5.29.32',
  policyConstraints: '2.5.29.36',
  extendedKeyUsage: '2.5.29.37',
  tlsFeature: '1.3.6.1.5.5.7.1.24',
} as const;

interface Extension {
  readonly oid: string;
  readonly critical: boolean;
  readonly value: Buffer;
}

/** Reads the members of the SEQUENCE OF Extension; none when the certificate has none. */
export function readExtensions(list: readonly Der[]): Extensions {
  const extensions = list.flatMap(readExtension);
  const defects = repeated(extensions.map(({ oid }) => oid)).map((oid) => `the extension ${oid} stands in it twice`);
  const read = <T>(oid: string, interpret: (value: Der | undefined) => T): T | undefined => {
    const found = extensions.find((extension) => extension.oid === oid);
    try {
      return found && interpret(readDer(found.value)[0]);
    } catch {
      defects.push(`its extension ${oid} cannot be read`);
      return undefined;
    }
  };
  const basicConstraints = read(OID.basicConstraints, readBasicConstraints);
  if (basicConstraints?.pathLength !== undefined && !basicConstraints.authority) defects.push('basicConstraints has a path length and does not say CA:TRUE');
  const policies = read(OID.policies, (value) => members(value).flatMap((policy) => readOid(members(policy)[0]) ?? []));
  if (policies && repeated(policies).length > 0) defects.push(`the policy ${repeated(policies).join(', ')} stands in it twice`);
  return {
    basicConstraints,
    policies,
    keyUsage: read(OID.keyUsage, readKeyUsage),
    purposes: read(OID.extendedKeyUsage, (value) => members(value).flatMap((purpose) => readOid(purpose) ?? [])),
    alternativeNames: read(OID.subjectAltName, (value) => members(value).flatMap(readName)),
    nameConstraints: read(OID.nameConstraints, readNameConstraints),
    explicitPolicy: read(OID.policyConstraints, (value) => members(value).find(({ tag }) => tag === 0x80)?.content.at(-1)),
    mustStaple: read(OID.tlsFeature, (value) => members(value).some(({ content }) => content.equals(STATUS_REQUEST))) ?? false,
    critical: extensions.filter(({ critical }) => critical).map(({ oid }) => oid),
    defect: defects[0],
  };
}

const STATUS_REQUEST = Buffer.from([5]);

/** Extension ::= SEQUENCE { extnID, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING } */
function readExtension(extension: Der): Extension[] {
  const [id, ...rest] = members(extension);
  const oid = readOid(id);
  const value = rest.at(-1);
  return oid === undefined || value === undefined ? [] : [{ oid, value: value.content, critical: rest.some(isTrue) }];
}

function isTrue({ tag, content }: Der): boolean {
  return tag === TAG.boolean && content[0] !== 0;
}

function repeated(texts: readonly string[]): string[] {
  return texts.filter((text, index) => texts.indexOf(text) !== index);
}

function readKeyUsage(value: Der | undefined): ReadonlySet<KeyUsage> {
  const bits = value?.content[1] ?? 0;
  return new Set(KEY_USAGE.filter((_, index) => (bits & (0x80 >> index)) !== 0));
}

function readBasicConstraints(value: Der | undefined): { authority: boolean; pathLength: number | undefined } {
  const parts = members(value);
  // one byte: nobody builds longer chains
  return { authority: parts.some(isTrue), pathLength: parts.find(({ tag }) => tag === TAG.integer)?.content.at(-1) };
}

function readNameConstraints(value: Der | undefined): NameConstraints {
  const subtrees = (field: number): Subtree[] => members(members(value).find(({ tag }) => tag === field)).flatMap((subtree) => members(subtree).slice(0, 1).map(readSubtree));
  return { permitted: subtrees(0xa0), excluded: subtrees(0xa1) };
}

function readSubtree({ tag, content }: Der): Subtree {
  const type = FORMS[tag] ?? 'other';
  if (type === 'IP') return { type, base: `${formatIp(content.subarray(0, content.length / 2))}/${formatIp(content.subarray(content.length / 2))}` };
  return { type, base: content.toString(type === 'other' ? 'hex' : 'latin1') };
}

/** GeneralName: [2] dNSName, [6] uniformResourceIdentifier, [7] iPAddress; the other forms name no service. */
const FORMS: Readonly<Record<number, AlternativeName['type']>> = { 0x82: 'DNS', 0x86: 'URI', 0x87: 'IP' };

function readName({ tag, content }: Der): AlternativeName[] {
  const type = FORMS[tag];
  if (type === undefined) return [];
  return [{ type, value: type === 'IP' ? formatIp(content) : content.toString('latin1') }];
}

function formatIp(octets: Buffer): string {
  if (octets.length === 4) return octets.join('.');
  return Array.from({ length: octets.length / 2 }, (_, i) => octets.readUInt16BE(i * 2).toString(16)).join(':');
}
