import { AgentError } from '../errors.ts';
import { parsePem } from './pem.ts';
import { isPlaceholder, placeholder, unfilled } from './placeholder.ts';
import { SecretText } from './secret-text.ts';

/** A secret document after its layout was recognised; all values are still untrusted text. */
export type SecretDocument = IdentityDocument | TrustDocument | PemDocument;

export interface IdentityDocument {
  readonly layout: 'identity';
  readonly certificates: string;
  readonly privateKey: SecretText;
  readonly passphrase: SecretText | undefined;
  /** A TrustBundle that stands beside the identity: it, and not the chain, is what the secret says about trust. */
  readonly bundle?: string;
}

export interface TrustDocument {
  readonly layout: 'trust';
  readonly bundle: string;
}

/** PEM without a JSON around it: certificates, and perhaps a key. */
export interface PemDocument {
  readonly layout: 'pem';
  readonly text: SecretText;
}

interface Layout {
  readonly certificate: string;
  readonly chain?: string;
  readonly privateKey: string;
  readonly passphrase: string;
}

/** Identity layouts by their keys (contract, "Sources"): ours with ACM's field names, the published project's, MSK's. */
const IDENTITY_LAYOUTS: readonly Layout[] = [
  { certificate: 'Certificate', chain: 'CertificateChain', privateKey: 'PrivateKey', passphrase: 'Passphrase' },
  { certificate: 'GatewayCertificate', chain: 'GatewayCertificateChain', privateKey: 'GatewayPrivateKey', passphrase: 'Passphrase' },
  { certificate: 'certificate', privateKey: 'privateKey', passphrase: 'privateKeyPassword' },
];

const TRUST_KEY = 'TrustBundle';
const KNOWN = '{Certificate, CertificateChain, PrivateKey, Passphrase}, {TrustBundle} or PEM text';

/** `JSON.parse` gives own properties only, `__proto__` among them; names are never looked up beyond these. */
type Fields = Readonly<Record<string, unknown>>;

/**
 * Recognises the layout of a secret; keys it does not know are passed over. Throws `document-unreadable`, `layout-unknown`
 * or `source-placeholder`; names keys, never values.
 */
export function readDocument(text: SecretText): SecretDocument {
  const content = text.reveal().replace(/^\uFEFF/, '').trim();
  if (content === '') throw unfilled('the secret');
  if (isPlaceholder(content)) throw placeholder('the secret');
  const value = parseJson(content);
  if (value !== undefined) return readFields(fieldsOf(value));
  if (/^[{[]/.test(content)) throw brokenJson(content);
  if (parsePem(content).length > 0) return { layout: 'pem', text };
  throw new AgentError('document-unreadable', `the secret is neither JSON nor PEM: ${content.length} characters without a PEM block`, {
    hint: `expected is ${KNOWN}`,
  });
}

/** Undefined: no JSON. The parser's own message quotes the text, which may be a key, so it is dropped. */
function parseJson(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}

function brokenJson(content: string): AgentError {
  const closing = content.startsWith('{') ? '}' : ']';
  const end = content.endsWith(closing) ? '' : ` that do not end in ${closing}`;
  return new AgentError('document-unreadable', `the secret starts like JSON and does not parse: ${content.length} characters${end}`, {
    hint: 'was it cut or edited by hand; names and values stand in double quotes, and line breaks in PEM are \\n',
  });
}

function fieldsOf(value: unknown): Fields {
  const found = jsonType(value);
  if (found === 'object') return value as Fields;
  throw new AgentError('layout-unknown', `the secret is a JSON ${found}, an object is expected`, {
    hint: found === 'string' ? 'was the document encoded as JSON twice' : `expected is ${KNOWN}`,
  });
}

function readFields(fields: Fields): SecretDocument {
  if (Object.keys(fields).length === 0) throw unfilled('the secret');
  const layouts = IDENTITY_LAYOUTS.filter(({ certificate, privateKey }) => Object.hasOwn(fields, certificate) && Object.hasOwn(fields, privateKey));
  const [layout, second] = layouts;
  if (layout === undefined) {
    if (Object.hasOwn(fields, TRUST_KEY)) return { layout: 'trust', bundle: textOf(fields, TRUST_KEY) };
    throw unknownLayout(fields);
  }
  if (second === undefined) return readIdentity(fields, layout);
  const both = [layout, second].map(({ certificate, privateKey }) => `{${certificate}, ${privateKey}}`).join(' and ');
  throw new AgentError('layout-unknown', `the secret holds two identities, ${both}, one is expected`, { hint: 'keep one of them; which is the newer cannot be told' });
}

function unknownLayout(fields: Fields): AgentError {
  const half = IDENTITY_LAYOUTS.find(({ certificate, privateKey }) => Object.hasOwn(fields, certificate) || Object.hasOwn(fields, privateKey));
  const [present, absent] = half && Object.hasOwn(fields, half.certificate) ? [half.certificate, half.privateKey] : [half?.privateKey, half?.certificate];
  const why = present === undefined ? 'no known layout has these' : `${present} wants ${absent ?? ''} beside it`;
  return new AgentError('layout-unknown', `the secret has the keys ${nameKeys(Object.keys(fields))}; ${why}`, {
    hint: `expected is ${KNOWN}; upper and lower case count`,
  });
}

/** As many as fit a line; the longest secret has thousands. */
const MOST_KEYS = 20;
/** No longer than GatewayCertificateChain, the longest name of a known layout: what is longer may be a value in the wrong place. */
const NAME = /^[A-Za-z_][\w.-]{0,22}$/;

function nameKeys(keys: readonly string[]): string {
  const shown = keys.slice(0, MOST_KEYS).map((key) => (NAME.test(key) ? key : `(one of ${key.length} characters)`));
  return shown.join(', ') + (keys.length > MOST_KEYS ? ` and ${keys.length - MOST_KEYS} more` : '');
}

function readIdentity(fields: Fields, layout: Layout): IdentityDocument {
  const certificate = textOf(fields, layout.certificate);
  const chain = layout.chain === undefined ? '' : optionalText(fields, layout.chain);
  if (isPlaceholder(chain)) throw placeholder(layout.chain ?? '');
  // a passphrase may look like a placeholder; it is called one when it does not open the key
  const passphrase = optionalText(fields, layout.passphrase);
  return {
    layout: 'identity',
    certificates: `${certificate}\n${chain}`,
    privateKey: new SecretText(textOf(fields, layout.privateKey)),
    passphrase: passphrase === '' ? undefined : new SecretText(passphrase),
    ...(Object.hasOwn(fields, TRUST_KEY) && { bundle: optionalText(fields, TRUST_KEY) }),
  };
}

/** A field that has to be filled. */
function textOf(fields: Fields, key: string): string {
  const value = optionalText(fields, key);
  if (value.trim() === '') throw unfilled(key);
  if (isPlaceholder(value)) throw placeholder(key);
  return value;
}

function optionalText(fields: Fields, key: string): string {
  const value = Object.hasOwn(fields, key) ? (fields[key] ?? '') : '';
  if (typeof value === 'string') return value;
  throw new AgentError('layout-unknown', `${key} is a JSON ${jsonType(value)}, text is expected`, { hint: 'put the PEM text there as one JSON string' });
}

function jsonType(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
