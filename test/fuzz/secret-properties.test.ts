import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AgentError } from '../../src/errors.ts';
import { type SecretDocument, readDocument } from '../../src/material/layout.ts';
import { formatPem, parsePem } from '../../src/material/pem.ts';
import { openPrivateKey } from '../../src/material/private-key.ts';
import { SecretText } from '../../src/material/secret-text.ts';
import { parseTrust } from '../../src/material/trust.ts';
import { encryptKey } from '../fixtures/encrypted-key.ts';
import { LONGEST_MESSAGE, leakIn, secretsIn } from '../fixtures/fuzz-verdict.ts';
import { NOW } from '../fixtures/pki.ts';

/** The same inputs in every run; another seed by FUZZ_SEED. */
const seed = Number(process.env['FUZZ_SEED'] ?? 20_261_123);
const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

const label = fc.stringMatching(/^[A-Z][A-Z0-9 ]{0,20}[A-Z]$/);
/** What may stand around blocks: anything that is no boundary itself. */
const noise = fc.string().filter((text) => !text.includes('-----') && !text.endsWith('-'));
const passphrase = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)), minLength: 4, maxLength: 128 });
/** A value that would be a leak, beside keys that nobody expects. */
const fields = fc.dictionary(
  fc.oneof(fc.string(), fc.constantFrom('Certificate', 'CertificateChain', 'PrivateKey', 'Passphrase', 'TrustBundle', 'certificate', 'privateKey', '__proto__', 'constructor')),
  fc.oneof(fc.string({ minLength: 24, maxLength: 200 }), fc.jsonValue()),
);

function outcome(text: string): SecretDocument | AgentError {
  try {
    return readDocument(new SecretText(text));
  } catch (thrown) {
    if (thrown instanceof AgentError) return thrown;
    throw thrown;
  }
}

async function isHarmless(text: string, error: unknown): Promise<void> {
  if (!(error instanceof AgentError)) throw new Error('crashed', { cause: error });
  expect(error.code).not.toBe('bug');
  expect(error.message.length).toBeLessThan(LONGEST_MESSAGE);
  expect(leakIn(error, await secretsIn(text, ''))).toBeUndefined();
}

describe('every text', () => {
  it.each<[string, fc.Arbitrary<string>]>([
    ['of any characters', fc.string({ unit: 'binary', maxLength: 2_000 })],
    ['that is JSON', fc.json()],
    ['that is an object of a secret', fields.map((document) => JSON.stringify(document))],
    ['that is PEM of anything', fc.array(fc.tuple(label, fc.uint8Array({ maxLength: 300 }))).map((blocks) => blocks.map(([name, der]) => formatPem(name, Buffer.from(der))).join(''))],
  ])('%s is a document or a harmless refusal', async (_what, texts) => {
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const read = outcome(text);
        if (read instanceof AgentError) await isHarmless(text, read);
        else if (read.layout === 'identity') await openPrivateKey(read.privateKey, read.passphrase).catch((thrown: unknown) => isHarmless(text, thrown));
      }),
      { seed, numRuns: 300 },
    );
  });

  it('that is CERTIFICATE blocks of any bytes is no trust bundle', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1 }), async (ders) => {
        const text = ders.map((der) => formatPem('CERTIFICATE', Buffer.from(der))).join('');
        await Promise.resolve()
          .then(() => parseTrust([{ version: 'v1', text: new SecretText(text) }], NOW))
          .then(() => expect.fail('was taken'), (thrown: unknown) => isHarmless(text, thrown));
      }),
      { seed, numRuns: 300 },
    );
  });
});

describe('PEM', () => {
  it('comes back as it was written, whatever stands around it and however its lines end', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(noise, label, fc.uint8Array({ maxLength: 300 }))), fc.constantFrom('\n', '\r\n', '\r', '\\n', ' '), (parts, lineEnd) => {
        const text = parts.map(([before, name, der]) => before + formatPem(name, Buffer.from(der)).replaceAll('\n', lineEnd)).join('');
        expect(parsePem(text).map(({ label: name, der }) => [name, [...der]])).toEqual(parts.map(([, name, der]) => [name, [...der]]));
      }),
      { seed, numRuns: 500 },
    );
  });
});

describe('a passphrase of printable ASCII', () => {
  it('opens what it, or its base64 form, encrypted, and no other does', async () => {
    await fc.assert(
      fc.asyncProperty(passphrase, passphrase, fc.boolean(), fc.constantFrom('', '\n', '\r\n'), async (right, wrong, base64, lineBreak) => {
        fc.pre(right !== wrong && Buffer.from(wrong).toString('base64') !== right);
        const text = new SecretText(encryptKey(key, base64 ? Buffer.from(right).toString('base64') : right, { rounds: 10 }));
        expect((await openPrivateKey(text, new SecretText(right + lineBreak))).equals(key)).toBe(true);
        const error = await openPrivateKey(text, new SecretText(wrong)).catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({ code: expect.stringMatching(/^(key-passphrase-wrong|source-placeholder)$/) as string });
        expect(leakIn(error as AgentError, await secretsIn(JSON.stringify([text.reveal(), wrong]), right))).toBeUndefined();
      }),
      { seed, numRuns: 200 },
    );
  });
});
