import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { AgentError } from '../../src/errors.ts';
import { readEncryption } from '../../src/material/key-encryption.ts';
import { formatPem, parsePem } from '../../src/material/pem.ts';
import { type Encryption, encryptKey } from '../fixtures/encrypted-key.ts';
import { acmEncryptedKeyPem } from '../../src/demo/aws/acm-key.ts';

const PASSPHRASE = 'open-sesame';
const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const read = (pem: string): ReturnType<typeof readEncryption> => readEncryption(parsePem(pem)[0]!);
const refusal = (pem: string): AgentError => {
  try {
    read(pem);
  } catch (thrown) {
    if (thrown instanceof AgentError) return thrown;
    throw thrown;
  }
  throw new Error('was taken');
};

const followed: [string, Encryption][] = [
  ['PBES2, PBKDF2, AES-256-CBC', {}],
  ['PBES2, PBKDF2, AES-256-CBC', { prf: 'sha256' }],
  ['PBES2, PBKDF2, AES-256-CBC', { prf: 'sha384' }],
  ['PBES2, PBKDF2, AES-256-CBC', { prf: 'sha512' }],
  ['PBES2, PBKDF2, AES-128-CBC', { cipher: 'aes-128-cbc' }],
  ['PBES2, PBKDF2, DES-EDE3-CBC', { cipher: 'des-ede3-cbc' }],
  ['PBES2, scrypt, AES-256-CBC', { scrypt: { N: 16_384, r: 8, p: 1 } }],
];

describe('the encryption of a key', () => {
  it.each(followed)('is named: %s %o', (name, encryption) => {
    expect(read(encryptKey(key, PASSPHRASE, encryption)).name).toBe(name);
  });

  it('is named as ACM writes it', () => {
    expect(read(acmEncryptedKeyPem(key, PASSPHRASE)).name).toBe('PBES2, PBKDF2, AES-256-CBC');
  });

  it('is named by its OID where that is all there is to say', () => {
    const pem = encryptKey(key, PASSPHRASE);
    const der = parsePem(pem)[0]!.der;
    der[der.indexOf(Buffer.from('060960864801650304012a', 'hex')) + 10] = 0x2c;
    expect(read(formatPem('ENCRYPTED PRIVATE KEY', der)).name).toBe('PBES2, PBKDF2, 2.16.840.1.101.3.4.1.44');
  });

  it('tells the right passphrase from a wrong one by the beginning alone, whatever follows', () => {
    for (const [, encryption] of followed) {
      const { isRightFor } = read(encryptKey(key, PASSPHRASE, { ...encryption, damage: (data) => data.fill(0, 48) }));
      expect(isRightFor(PASSPHRASE)).toBe(true);
      expect(isRightFor('wrong')).toBe(false);
    }
  });

  it('makes no passphrase right where its parameters are impossible', () => {
    expect(read(encryptKey(key, PASSPHRASE, { claim: 0 })).isRightFor(PASSPHRASE)).toBe(false);
    expect(read(encryptKey(key, PASSPHRASE, { scrypt: { N: 1024, r: 8, p: 1 }, claim: 1000 })).isRightFor(PASSPHRASE)).toBe(false);
  });

  it('takes no other content for a key', () => {
    expect(read(encryptKey(key, PASSPHRASE, { content: Buffer.from('0 seconds, and some more text to fill two blocks') })).isRightFor(PASSPHRASE)).toBe(false);
  });
});

describe('what is not a known algorithm', () => {
  it.each([
    ['a header', `DEK-Info: ${'x'.repeat(50)},00\n`, 'RFC 1423 without an algorithm'],
    ['a header that is cut', 'DEK-Info: AES', 'RFC 1423 without an algorithm'],
  ])('is not printed: %s', (_what, header, name) => {
    expect(readEncryption({ label: 'RSA PRIVATE KEY', der: Buffer.alloc(9), text: '', headers: `Proc-Type: 4,ENCRYPTED\n${header}` }).name).toBe(name);
  });

  it('is not printed: an OID as long as a key', () => {
    const oid = Buffer.concat([Buffer.from([0x06, 100]), Buffer.alloc(100, 0x33)]);
    const der = Buffer.concat([Buffer.from([0x30, 106, 0x30, 102]), oid, Buffer.from([0x04, 0])]);
    expect(read(formatPem('ENCRYPTED PRIVATE KEY', der)).name).toBe('an unknown algorithm');
  });
});

describe('an encrypted key is refused before it is opened', () => {
  const whole = parsePem(encryptKey(key, PASSPHRASE))[0]!.der;

  it.each([1, 20, 100, 200])('when only %i of its bytes are there', (bytes) => {
    const error = refusal(formatPem('ENCRYPTED PRIVATE KEY', whole.subarray(0, bytes)));
    expect(error.code).toBe('key-unreadable');
    expect(error.message).toBe(`the private key (ENCRYPTED PRIVATE KEY) is cut or damaged: its ${bytes} bytes are not one complete EncryptedPrivateKeyInfo`);
  });

  it('when something follows it', () => {
    expect(refusal(formatPem('ENCRYPTED PRIVATE KEY', Buffer.concat([whole, Buffer.from([5, 0])]))).code).toBe('key-unreadable');
  });

  it('when it is a plain key under this label', () => {
    expect(refusal(formatPem('ENCRYPTED PRIVATE KEY', key.export({ type: 'pkcs8', format: 'der' }))).code).toBe('key-unreadable');
  });

  it.each<[string, Encryption, string]>([
    ['rounds', { claim: 2_147_483_647 }, '2147483647 rounds to open, at most 2000000 are done'],
    ['scrypt memory', { scrypt: { N: 1024, r: 8, p: 1 }, claim: 1_048_576 }, '1073741824 bytes of memory to open, at most 33554432 are given'],
    ['scrypt work', { scrypt: { N: 1024, r: 8, p: 9 }, claim: 32_768 }, '2359296 steps (N · r · p) to open, at most 2097152 are done'],
  ])('when its %s would hold the process up, with both numbers', (_what, encryption, words) => {
    const start = performance.now();
    const pem = encryptKey(key, PASSPHRASE, encryption);
    const written = performance.now();
    const error = refusal(pem);
    expect(error.code).toBe('key-unsupported');
    expect(error.message).toContain(words);
    expect(performance.now() - written).toBeLessThan(Math.max(50, written - start));
  });
});
