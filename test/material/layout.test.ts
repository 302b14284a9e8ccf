import { beforeAll, describe, expect, it } from 'vitest';
import { AgentError } from '../../src/errors.ts';
import { type SecretDocument, readDocument } from '../../src/material/layout.ts';
import { SecretText } from '../../src/material/secret-text.ts';
import { PASSPHRASE, createPki, identitySecret, mskIdentitySecret, publishedIdentitySecret, trustSecret } from '../fixtures/pki.ts';

type Fields = Record<string, unknown>;
let ours: Fields;
let msk: Fields;
let published: Fields;
let trust: Fields;
beforeAll(async () => {
  const { gateway, teller } = await createPki();
  const fields = (text: SecretText): Fields => JSON.parse(text.reveal()) as Fields;
  [ours, msk, published] = [identitySecret, mskIdentitySecret, publishedIdentitySecret].map((write) => fields(write(gateway.leaf))) as [Fields, Fields, Fields];
  trust = fields(trustSecret(teller.root));
});

const read = (document: unknown): SecretDocument => readDocument(new SecretText(typeof document === 'string' ? document : JSON.stringify(document)));
const refusal = (document: unknown): AgentError => {
  try {
    read(document);
  } catch (thrown) {
    if (thrown instanceof AgentError) return thrown;
    throw thrown;
  }
  throw new Error('was taken');
};

describe('a secret is recognised', () => {
  it('in each layout of an identity, whatever else it holds', () => {
    for (const fields of [ours, msk, published]) {
      const plain = read(fields);
      expect(plain).toMatchObject({ layout: 'identity' });
      expect(read({ comment: 'from the exporter', rotatedAt: 5, nested: { a: [1] }, none: null, ...fields })).toEqual(plain);
    }
  });

  it('as trust bundle, and as PEM text', () => {
    expect(read({ owner: 'mesh', ...trust })).toEqual({ layout: 'trust', bundle: trust['TrustBundle'] });
    expect(read(trust['TrustBundle'])).toMatchObject({ layout: 'pem' });
  });

  it('with a byte order mark, CRLF between its fields, and blanks around it', () => {
    expect(read(`\uFEFF\r\n ${JSON.stringify(ours, undefined, 2).replaceAll('\n', '\r\n')}\r\n`)).toEqual(read(ours));
  });

  it('at 65,536 bytes, the most that Secrets Manager stores', () => {
    const text = JSON.stringify({ ...ours, padding: '' });
    const full = text.replace('"padding":""', `"padding":"${'x'.repeat(65_536 - text.length)}"`);
    expect(full).toHaveLength(65_536);
    expect(read(full)).toEqual(read(ours));
  });

  it('without chain and passphrase, which may be missing, null or empty', () => {
    for (const none of [undefined, null, '']) {
      expect(read({ ...ours, CertificateChain: none, Passphrase: none })).toMatchObject({ certificates: `${ours['Certificate'] as string}\n`, passphrase: undefined });
    }
  });

  it('by the last of equal keys, as every reader of JSON does', () => {
    const twice = JSON.stringify(trust).replace('{', '{"TrustBundle":"the first",');
    expect(read(twice)).toEqual(read(trust));
  });

  it('by its own keys only, whatever it calls them', () => {
    const text = `{"__proto__": ${JSON.stringify(ours)}, "constructor": 1, "toString": "x", ${JSON.stringify(trust).slice(1)}`;
    expect(read(text)).toEqual(read(trust));
    expect(Object.hasOwn(Object.prototype, 'Certificate')).toBe(false);
  });

  it('as both, when a trust bundle stands beside an identity', () => {
    expect(read({ ...ours, ...trust })).toEqual({ ...read(ours), bundle: trust['TrustBundle'] });
  });
});

describe('a secret that is not yet filled is waited for, and the field is named', () => {
  it.each(['tempcert', 'PLACEHOLDER', '<certificate>', '${CERTIFICATE}', 'REPLACE_ME', 'null'])('as a whole: %s', (text) => {
    expect(refusal(text)).toMatchObject({ code: 'source-placeholder', message: 'the secret still holds a placeholder' });
  });

  it.each(['', '  \n', '\uFEFF', '{}'])('as a whole when it is empty: %j', (text) => {
    expect(refusal(text)).toMatchObject({ code: 'source-placeholder', message: 'the secret is empty, PEM text is expected' });
  });

  it.each(['Certificate', 'CertificateChain', 'PrivateKey'])('in %s', (field) => {
    for (const word of ['tempcert', 'changeme', '<fill me>']) {
      expect(refusal({ ...ours, [field]: word })).toMatchObject({ code: 'source-placeholder', message: `${field} still holds a placeholder` });
    }
  });

  it.each(['Certificate', 'PrivateKey'])('in %s when it is empty', (field) => {
    for (const nothing of ['', ' \n', null]) {
      expect(refusal({ ...ours, [field]: nothing })).toMatchObject({ code: 'source-placeholder', message: `${field} is empty, PEM text is expected` });
    }
  });

  it('in a trust bundle', () => {
    expect(refusal({ TrustBundle: 'tempca' }).message).toBe('TrustBundle still holds a placeholder');
    expect(refusal({ TrustBundle: '' }).message).toBe('TrustBundle is empty, PEM text is expected');
  });

  it('in every other layout', () => {
    expect(refusal({ ...msk, privateKey: 'tempkey' }).message).toBe('privateKey still holds a placeholder');
    expect(refusal({ ...published, GatewayCertificateChain: 'tempchain' }).message).toBe('GatewayCertificateChain still holds a placeholder');
  });

  it('but not in its passphrase, which may look like anything', () => {
    expect(read({ ...ours, Passphrase: 'temp-1234' })).toMatchObject({ layout: 'identity' });
  });
});

describe('a secret is refused', () => {
  it.each([
    ['plain words', 'the certificate is in the other secret', 38],
    ['binary', '\u0000\u0001\ufffd\ufffd0\u0082\u0005', 7],
    ['base64 of a document', 'eyJDZXJ0aWZpY2F0ZSI6ICJ4In0=', 28],
    ['YAML', 'Certificate: |\n  x\n', 18],
  ])('when it is neither JSON nor PEM: %s', (_what, text, length) => {
    expect(refusal(text)).toMatchObject({ code: 'document-unreadable', message: `the secret is neither JSON nor PEM: ${length} characters without a PEM block` });
  });

  it.each([
    ['an array', [1, 2], 'array'],
    ['a number', '12345', 'number'],
    ['true', 'true', 'boolean'],
    ['a string', '"Certificate"', 'string'],
  ])('when it is JSON and no object: %s', (_what, document, type) => {
    expect(refusal(document)).toMatchObject({ code: 'layout-unknown', message: `the secret is a JSON ${type}, an object is expected` });
  });

  it('when it was encoded twice, with that as the likely reason', () => {
    expect(refusal(JSON.stringify(JSON.stringify(ours))).hint).toBe('was the document encoded as JSON twice');
  });

  it('when it was cut, wherever', () => {
    const text = JSON.stringify(ours);
    for (let length = 1; length < text.length; length += 7) {
      const error = refusal(text.slice(0, length));
      expect(error.code).toBe('document-unreadable');
      expect(error.message).toBe(`the secret starts like JSON and does not parse: ${text.slice(0, length).trimEnd().length} characters that do not end in }`);
    }
  });

  it('when its quotes are not those of JSON, without quoting it', () => {
    const error = refusal(`{'Passphrase': '${PASSPHRASE}'}`);
    expect(error).toMatchObject({ code: 'document-unreadable', message: `the secret starts like JSON and does not parse: ${PASSPHRASE.length + 18} characters` });
    expect(JSON.stringify([error.message, error.hint, error.cause])).not.toContain(PASSPHRASE);
  });

  it.each([
    ['number', 5],
    ['boolean', false],
    ['array', ['-----BEGIN CERTIFICATE-----']],
    ['object', { pem: 'x' }],
  ])('when a field is a JSON %s', (type, value) => {
    for (const field of ['Certificate', 'CertificateChain', 'PrivateKey', 'Passphrase']) {
      expect(refusal({ ...ours, [field]: value })).toMatchObject({ code: 'layout-unknown', message: `${field} is a JSON ${type}, text is expected` });
    }
    expect(refusal({ TrustBundle: value }).message).toBe(`TrustBundle is a JSON ${type}, text is expected`);
  });

  it('when it holds two identities, naming both', () => {
    expect(refusal({ ...ours, ...msk })).toMatchObject({ code: 'layout-unknown', message: 'the secret holds two identities, {Certificate, PrivateKey} and {certificate, privateKey}, one is expected' });
  });
});

describe('an unknown layout', () => {
  it('is told by its keys, never by their values', () => {
    const error = refusal({ cert: PASSPHRASE, key: PASSPHRASE });
    expect(error).toMatchObject({ code: 'layout-unknown', message: 'the secret has the keys cert, key; no known layout has these' });
    expect(error.hint).toContain('{TrustBundle}');
  });

  it('is told with what is missing beside what is there', () => {
    expect(refusal({ Certificate: 'x', privateKey: 'y' }).message).toBe('the secret has the keys Certificate, privateKey; Certificate wants PrivateKey beside it');
    expect(refusal({ PrivateKey: 'x' }).message).toBe('the secret has the keys PrivateKey; PrivateKey wants Certificate beside it');
  });

  it('when an identity is wrapped into another object', () => {
    expect(refusal({ gateway: ours }).message).toBe('the secret has the keys gateway; no known layout has these');
  });

  it('shows no key that may be a value in the wrong place', () => {
    const key = ours['PrivateKey'] as string;
    const error = refusal({ [PASSPHRASE]: 1, [key]: 2, 'two words': 3, '': 4, '__proto__x': 5 });
    expect(error.message).toBe(`the secret has the keys (one of 28 characters), (one of ${key.length} characters), (one of 9 characters), (one of 0 characters), __proto__x; no known layout has these`);
  });

  it('stays one line however many keys there are', () => {
    const error = refusal(Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`key${index}`, ''])));
    expect(error.message).toMatch(/key19 and 4980 more; no known layout has these$/);
    expect(error.message.length).toBeLessThan(400);
  });

  it('may be nested as deep as 65,536 bytes allow', () => {
    expect(refusal('['.repeat(32_768) + ']'.repeat(32_768)).code).toBe('layout-unknown');
    expect(refusal(`${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`).message).toBe('the secret has the keys a; no known layout has these');
  });
});
