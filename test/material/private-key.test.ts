import { execFileSync } from 'node:child_process';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { acmEncryptedKeyPem } from '../../src/demo/aws/acm-key.ts';
import { AgentError } from '../../src/errors.ts';
import { formatPem, parsePem } from '../../src/material/pem.ts';
import { openPrivateKey } from '../../src/material/private-key.ts';
import { SecretText } from '../../src/material/secret-text.ts';
import { type Encryption, encryptKey } from '../fixtures/encrypted-key.ts';

const PASSPHRASE = 'open-sesame';
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const plain = ec.export({ type: 'pkcs8', format: 'pem' }).toString();
const pkcs1 = rsa.export({ type: 'pkcs1', format: 'pem' }).toString();
const sec1 = ec.export({ type: 'sec1', format: 'pem' }).toString();
const open = (pem: string, passphrase?: string): ReturnType<typeof openPrivateKey> =>
  openPrivateKey(new SecretText(pem), passphrase === undefined ? undefined : new SecretText(passphrase));
const openssl = (args: readonly string[], input: string): string =>
  execFileSync('openssl', [...args, '-passout', `pass:${PASSPHRASE}`, '-provider', 'legacy', '-provider', 'default'], { input, stdio: ['pipe', 'pipe', 'ignore'] }).toString();
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const failure = async (pem: string, passphrase?: string): Promise<AgentError> => {
  const outcome = await open(pem, passphrase).catch((thrown: unknown) => thrown);
  if (!(outcome instanceof AgentError)) throw outcome instanceof Error ? outcome : new Error('was opened');
  return outcome;
};
/** OpenSSL complains of the decrypted bytes and not of their padding. */
const leavesValidPadding = (pem: string, passphrase: string): boolean => {
  try {
    createPrivateKey({ key: pem, passphrase });
    return true;
  } catch (thrown) {
    return !String(thrown).includes('bad decrypt');
  }
};

describe('a plain private key opens', () => {
  it.each([
    ['as PKCS#8', plain],
    ['as SEC1', sec1],
    ['as SEC1 behind its EC PARAMETERS block, as openssl ecparam -genkey writes it', `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${sec1}`],
    ['with line breaks that arrived as two characters', plain.replaceAll('\n', '\\n')],
    ['with CRLF', plain.replaceAll('\n', '\r\n')],
    ['with a byte order mark', `\uFEFF${plain}`],
    ['with stray text around it', `Bag Attributes\n    friendlyName: gateway\n${plain}done`],
    ['without its final newline', plain.trimEnd()],
    ['twice in one field', plain + plain],
    ['in two forms in one field', plain + sec1],
  ])('%s', async (_form, text) => {
    expect((await open(text)).equals(ec)).toBe(true);
  });

  it('as PKCS#1', async () => {
    expect((await open(pkcs1)).equals(rsa)).toBe(true);
  });

  it.each([PASSPHRASE, '', '\n', 'päßword'])('with a passphrase beside it that nobody needs: %j', async (passphrase) => {
    expect((await open(plain, passphrase)).equals(ec)).toBe(true);
  });
});

describe('an encrypted private key opens', () => {
  it.each<[string, Encryption]>([
    ['PBKDF2 with HMAC-SHA1, as ACM writes it', {}],
    ['PBKDF2 with HMAC-SHA256', { prf: 'sha256' }],
    ['PBKDF2 with HMAC-SHA512', { prf: 'sha512' }],
    ['PBKDF2 with the rounds that OWASP asks for', { rounds: 1_300_000 }],
    ['scrypt', { scrypt: { N: 16_384, r: 8, p: 1 } }],
    ['AES-128', { cipher: 'aes-128-cbc' }],
    ['3DES', { cipher: 'des-ede3-cbc' }],
  ])('%s', async (_encryption, changes) => {
    expect((await open(encryptKey(ec, PASSPHRASE, changes), PASSPHRASE)).equals(ec)).toBe(true);
  });

  it.each([
    ['PBES1, SHA-1 and 3DES', 'pkcs8 -topk8 -v1 PBE-SHA1-3DES'],
    ['PBES1, MD5 and DES', 'pkcs8 -topk8 -v1 PBE-MD5-DES'],
    ['PBES1, SHA-1 and RC2-40', 'pkcs8 -topk8 -v1 PBE-SHA1-RC2-40'],
    ['PBES2 with DES', 'pkcs8 -topk8 -v2 des'],
    ['PBES2 with scrypt by openssl', 'pkcs8 -topk8 -scrypt'],
    ['PBES2 with Camellia', 'pkcs8 -topk8 -v2 camellia-256-cbc'],
    ['RFC 1423, DES', 'rsa -traditional -des'],
    ['RFC 1423, 3DES', 'rsa -traditional -des3'],
    ['RFC 1423, AES', 'rsa -traditional -aes256'],
  ])('%s', async (_encryption, command) => {
    const text = openssl(command.split(' '), pkcs1);
    expect((await open(text, PASSPHRASE)).equals(rsa)).toBe(true);
    expect((await failure(text, 'wrong')).code).toBe('key-passphrase-wrong');
  });

  it.each([
    ['base64 of the passphrase, as the published project did (promise 127)', base64(PASSPHRASE), PASSPHRASE],
    ['a passphrase that was stored with a line break', PASSPHRASE, `${PASSPHRASE}\n`],
    ['a passphrase that was stored with a Windows line break', PASSPHRASE, `${PASSPHRASE}\r\n`],
    ['a passphrase that really ends in a line break', `${PASSPHRASE}\n`, `${PASSPHRASE}\n`],
    ['base64 of a passphrase with a line break', base64(`${PASSPHRASE}\n`), `${PASSPHRASE}\n`],
    ['base64 of a passphrase without the line break it was stored with', base64(PASSPHRASE), `${PASSPHRASE}\n`],
    ['a passphrase of spaces', '    ', '    '],
    ['4 bytes, the shortest that ACM takes', 'abcd', 'abcd'],
    ['128 bytes, the longest that ACM takes', 'x'.repeat(128), 'x'.repeat(128)],
    ['128 bytes in base64', base64('x'.repeat(128)), 'x'.repeat(128)],
    ['1,024 bytes', 'x'.repeat(1024), 'x'.repeat(1024)],
    ['a passphrase that looks like a placeholder', 'temp-passphrase', 'temp-passphrase'],
  ])('%s', async (_case, of, stored) => {
    expect((await open(acmEncryptedKeyPem(ec, of), stored)).equals(ec)).toBe(true);
  });

  it('beside itself in plain', async () => {
    expect((await open(encryptKey(ec, PASSPHRASE) + plain, PASSPHRASE)).equals(ec)).toBe(true);
  });
});

describe('a wrong passphrase', () => {
  it('is told with the encryption, and not printed', async () => {
    const error = await failure(acmEncryptedKeyPem(ec, PASSPHRASE), 'not-the-passphrase');
    expect(error).toMatchObject({ code: 'key-passphrase-wrong', message: 'the passphrase does not open the private key (PBES2, PBKDF2, AES-256-CBC), nor does its base64 form' });
    expect(error.hint).toContain('one export');
  });

  it('stays one when what it decrypts has valid padding, as of 256 one has', async () => {
    // one round, so that many can be tried
    for (const cipher of ['aes-256-cbc', 'des-ede3-cbc'] as const) {
      const text = encryptKey(ec, PASSPHRASE, { rounds: 1, cipher });
      let padded = 0;
      for (let attempt = 0; padded < 1; attempt++) {
        expect((await failure(text, `wrong ${attempt}`)).code).toBe('key-passphrase-wrong');
        padded += leavesValidPadding(text, `wrong ${attempt}`) ? 1 : 0;
      }
    }
  });

  it('stays one in the same way for RFC 1423 keys of every age', async () => {
    for (const text of [openssl(['rsa', '-traditional', '-aes128'], pkcs1), openssl(['rsa', '-traditional', '-des'], pkcs1)]) {
      for (let attempt = 0; attempt < 100; attempt++) expect((await failure(text, `wrong ${attempt}`)).code).toBe('key-passphrase-wrong');
    }
  });

  it.each(['tempphrase', '<passphrase>', '${PASSPHRASE}', 'changeme'])('is a placeholder when it looks like one: %s', async (passphrase) => {
    expect(await failure(acmEncryptedKeyPem(ec, PASSPHRASE), passphrase)).toMatchObject({ code: 'source-placeholder', message: 'the passphrase still holds a placeholder' });
  });

  it.each([undefined, '', '\n', '\r\n'])('is missing when it is %j', async (passphrase) => {
    const error = await failure(acmEncryptedKeyPem(ec, PASSPHRASE), passphrase);
    expect(error).toMatchObject({ code: 'key-passphrase-missing', message: 'the private key is encrypted (PBES2, PBKDF2, AES-256-CBC) and there is no passphrase' });
  });

  it.each(['öpen-sesame', 'open-sesame\u00a0', '開けごま'])('is refused outside ASCII, with the reason, even where it would open the key: %s', async (passphrase) => {
    const error = await failure(encryptKey(ec, passphrase), passphrase);
    expect(error).toMatchObject({ code: 'key-passphrase-wrong', message: 'the passphrase of the private key (PBES2, PBKDF2, AES-256-CBC) has characters outside ASCII, expected are ASCII characters only' });
    expect(error.hint).toContain('ACM takes ASCII');
    expect(error.message + (error.hint ?? '')).not.toContain(passphrase);
  });

  it('is refused above what OpenSSL reads, with both lengths', async () => {
    expect(await failure(encryptKey(ec, PASSPHRASE), 'x'.repeat(1025))).toMatchObject({
      code: 'key-passphrase-wrong',
      message: 'the passphrase of the private key (PBES2, PBKDF2, AES-256-CBC) has 1025 characters, at most 1024 are possible',
    });
  });
});

describe('a damaged private key', () => {
  const message = 'the passphrase is that of the private key (PBES2, PBKDF2, AES-256-CBC), and what it encrypts does not decode as a key';

  it.each<[string, Encryption]>([
    ['a flipped bit in its middle', { damage: (data) => data.fill(data[64]! ^ 1, 64, 65) }],
    ['a flipped bit at its end, where the padding stands', { damage: (data) => data.fill(data.at(-1)! ^ 1, data.length - 1) }],
    ['its last block cut off', { damage: (data) => data.subarray(0, -16) }],
    ['a length that is no multiple of the block', { damage: (data) => data.subarray(0, -7) }],
  ])('is told from a wrong passphrase: %s', async (_damage, changes) => {
    const text = encryptKey(ec, PASSPHRASE, changes);
    expect(await failure(text, PASSPHRASE)).toMatchObject({ code: 'key-unreadable', message });
    expect((await failure(text, 'wrong')).code).toBe('key-passphrase-wrong');
  });

  it('is told when its text was cut, with what is left of it', async () => {
    const cut = formatPem('ENCRYPTED PRIVATE KEY', parsePem(encryptKey(ec, PASSPHRASE))[0]!.der.subarray(0, 150));
    expect(await failure(cut, PASSPHRASE)).toMatchObject({ code: 'key-unreadable', message: 'the private key (ENCRYPTED PRIVATE KEY) is cut or damaged: its 150 bytes are not one complete EncryptedPrivateKeyInfo' });
  });

  it.each([
    ['PKCS#8', plain, /^the private key \(PRIVATE KEY, 90 bytes\) cannot be read: /],
    ['SEC1', sec1, /^the private key \(EC PRIVATE KEY, 90 bytes\) cannot be read: /],
    ['PKCS#1', pkcs1, /^the private key \(RSA PRIVATE KEY, 90 bytes\) cannot be read: /],
  ])('is told in plain %s as well', async (_form, text, message) => {
    const { label, der } = parsePem(text)[0]!;
    const error = await failure(formatPem(label, der.subarray(0, 90)));
    expect(error.code).toBe('key-unreadable');
    expect(error.message).toMatch(message);
  });
});

describe('a field without the one key', () => {
  it.each([
    ['two', plain + pkcs1, 2],
    ['one that opens and one that does not', plain + encryptKey(rsa, 'another passphrase'), 2],
    ['twenty', Array.from({ length: 20 }, (_, seed) => formatPem('PRIVATE KEY', Buffer.alloc(40, seed))).join(''), 20],
  ])('is refused with %s different ones, and says how many', async (_how, text, count) => {
    const error = await failure(text, PASSPHRASE);
    expect(error).toMatchObject({ code: 'key-unreadable', message: `one private key is expected, found ${count} different ones` });
  });

  it('is refused without any', async () => {
    const error = await failure('-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----');
    expect(error).toMatchObject({ code: 'key-unreadable', message: 'there is no private key where one is expected: no PEM block ends in PRIVATE KEY' });
  });

  it('is refused with a form that Envoy does not take, naming both', async () => {
    const error = await failure(formatPem('DSA PRIVATE KEY', Buffer.alloc(40)));
    expect(error).toMatchObject({ code: 'key-unsupported', message: 'the private key has the form DSA PRIVATE KEY, expected is one of PRIVATE KEY, ENCRYPTED PRIVATE KEY, RSA PRIVATE KEY, EC PRIVATE KEY' });
  });

  it('is refused without its label, when that is longer than a name', async () => {
    expect((await failure(formatPem(`${'A'.repeat(40)} PRIVATE KEY`, Buffer.alloc(40)))).message).toContain('has the form of a label of 52 characters, expected');
  });

  it('is refused in an encryption that nobody opens, naming it', async () => {
    const error = await failure(openssl(['pkcs8', '-topk8', '-v1', 'PBE-SHA1-RC4-128'], pkcs1), PASSPHRASE);
    expect(error).toMatchObject({ code: 'key-unsupported', message: 'the private key is encrypted with PBES1 SHA-1 and RC4-128, which cannot be opened' });
    expect(error.hint).toContain('openssl pkcs8 -topk8 -v2 aes-256-cbc');
  });
});
