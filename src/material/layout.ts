import { AgentError } from '../errors.ts';
import { parsePem } from './pem.ts';
import { SecretText } from './secret-text.ts';

/** A secret document after its layout was recognised; all values are still untrusted text. */
export type SecretDocument = IdentityDocument | TrustDocument | PemDocument;

export interface IdentityDocument {
  readonly layout: 'identity';
  readonly certificates: string;
  readonly privateKey: SecretText;
  readonly passphrase: SecretText | undefined;
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
const KNOWN = `{Certificate, CertificateChain, PrivateKey, Passphrase}, {TrustBundle} or PEM text`;

/** Recognises the layout of a secret. Throws `document-unreadable`, `layout-unknown` or `source-placeholder`; names keys, never values. */
export function readDocument(text: SecretText): SecretDocument {
  const content = text.reveal().replace(/^\uFEFF/, '').trim();
  if (content.startsWith('{') || content.startsWith('[')) return readFields(parseObject(content));
  if (parsePem(content).length > 0) return { layout: 'pem', text };
  if (isPlaceholder(content)) throw placeholder('the secret');
  throw new AgentError('document-unreadable', `the secret is neither JSON nor PEM: ${content.length} characters without a PEM block`, {
    hint: `expected is ${KNOWN}`,
  });
}

function parseObject(content: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    // the parser's own message quotes the text, which may be a key
    throw new AgentError('document-unreadable', `the secret starts like JSON and does not parse: ${content.length} characters`, {
      hint: 'line breaks in PEM are \\n in JSON; was the secret cut or edited by hand',
    });
  }
  if (Array.isArray(value)) throw new AgentError('layout-unknown', 'the secret is a JSON array, an object is expected', { hint: `expected is ${KNOWN}` });
  return value as Record<string, unknown>;
}

function readFields(fields: Record<string, unknown>): SecretDocument {
  const keys = Object.keys(fields);
  if (keys.length === 0) throw placeholder('the secret');
  const layout = IDENTITY_LAYOUTS.find(({ certificate, privateKey }) => certificate in fields && privateKey in fields);
  if (layout !== undefined) return readIdentity(fields, layout);
  if (TRUST_KEY in fields) return { layout: 'trust', bundle: textOf(fields, TRUST_KEY) };
  throw new AgentError('layout-unknown', `the secret has the keys ${keys.slice(0, 20).join(', ')}; no known layout has these`, { hint: `expected is ${KNOWN}` });
}

function readIdentity(fields: Record<string, unknown>, layout: Layout): IdentityDocument {
  const chain = layout.chain !== undefined && layout.chain in fields ? textOf(fields, layout.chain, 'may be empty') : '';
  const passphrase = layout.passphrase in fields ? textOf(fields, layout.passphrase, 'may be empty') : '';
  return {
    layout: 'identity',
    certificates: `${textOf(fields, layout.certificate)}\n${chain}`,
    privateKey: new SecretText(textOf(fields, layout.privateKey)),
    passphrase: passphrase === '' ? undefined : new SecretText(passphrase),
  };
}

function textOf(fields: Record<string, unknown>, key: string, empty?: 'may be empty'): string {
  const value = fields[key];
  if (value === null || value === undefined || value === '') {
    if (empty !== undefined) return '';
    throw placeholder(key);
  }
  if (typeof value !== 'string') throw new AgentError('layout-unknown', `${key} is a JSON ${typeof value}, text is expected`, { hint: 'put the PEM text there as one JSON string' });
  if (empty === undefined && isPlaceholder(value)) throw placeholder(key);
  return value;
}

/** Templates fill a secret with a word until the first export: `tempcert`, `tempkey`, `PLACEHOLDER`, `<certificate>`. */
function isPlaceholder(value: string): boolean {
  return /^(?:|<[^<>]*>|(?:temp|placeholder|changeme|change-me|replace|dummy|todo|tbd|none|null|empty|initial)[\w -]{0,40})$/i.test(value.trim());
}

function placeholder(what: string): AgentError {
  return new AgentError('source-placeholder', `${what} still holds a placeholder`, {
    hint: 'the exporter has not run yet for this secret; run it, or put the material there',
  });
}
