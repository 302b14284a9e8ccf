import { createDecipheriv, pbkdf2Sync, scryptSync } from 'node:crypto';
import { AgentError } from '../errors.ts';
import { type Der, TAG, members, readDer, readOid } from './der.ts';
import type { PemBlock } from './pem.ts';

/** How a key is encrypted, read from it before any passphrase is tried. */
export interface KeyEncryption {
  /** `PBES2, PBKDF2, AES-256-CBC`; `RFC 1423 DES-CBC`. */
  readonly name: string;
  /**
   * Whether `passphrase` decrypts the beginning to that of a PKCS#8 key: the passphrase is right then, and what follows is
   * damaged (by chance once in 2^40). Always false where the scheme cannot be followed.
   */
  readonly isRightFor: (passphrase: string) => boolean;
}

/** Rounds of a key derivation: OWASP asks for 1.3 million today (PBKDF2-HMAC-SHA1), which OpenSSL does in under a second. */
const MOST_ROUNDS = 2_000_000;
/** The older schemes are derived in JavaScript, 3 µs a round; OpenSSL writes 2,048. */
const MOST_LEGACY_ROUNDS = 200_000;
/** OpenSSL opens scrypt keys within 32 MiB, which is 128 · r · N bytes; its own are made with 16 MiB. */
const MOST_SCRYPT_BYTES = 32 * 1024 * 1024;
/** r · N · p; OpenSSL's own keys have 2^17, which take 50 ms. */
const MOST_SCRYPT_WORK = 2 ** 21;

/**
 * Reads the AlgorithmIdentifier of an encrypted PKCS#8 key (RFC 8018 appendix A, RFC 7914 section 7) or the headers of an
 * RFC 1423 key. Throws `key-unreadable` when the key was cut, and `key-unsupported` when its derivation would hold up the
 * process: it comes from outside, and opening a key cannot be interrupted.
 */
export function readEncryption({ label, der, headers }: PemBlock): KeyEncryption {
  if (headers !== '') return { name: `RFC 1423 ${/DEK-Info: *([\w-]{1,20}),/.exec(headers)?.[1] ?? 'without an algorithm'}`, isRightFor: () => false };
  const [algorithm, data] = encryptedKey(label, der);
  try {
    const [scheme, parameters] = members(algorithm);
    const parts = readOid(scheme) === PBES2 ? members(parameters) : [];
    const name = [readOid(scheme), ...parts.map((part) => readOid(members(part)[0]))].map(nameOf).join(', ');
    checkCost(name, parts[0] ?? algorithm);
    return { name, isRightFor: (passphrase) => beginsLikeKey(parts, data, passphrase) };
  } catch (cause) {
    if (cause instanceof AgentError) throw cause;
    throw damaged(label, 'its AlgorithmIdentifier does not decode');
  }
}

/** EncryptedPrivateKeyInfo ::= SEQUENCE { encryptionAlgorithm, encryptedData OCTET STRING }. */
function encryptedKey(label: string, der: Buffer): [Der, Der] {
  try {
    const [info, ...rest] = readDer(der);
    const [algorithm, data] = members(info);
    if (rest.length === 0 && algorithm?.tag === TAG.sequence && data?.tag === TAG.octetString) return [algorithm, data];
  } catch {
    // told below, together with what parses and is something else
  }
  throw damaged(label, `its ${der.length} bytes are not one complete EncryptedPrivateKeyInfo`);
}

function damaged(label: string, why: string): AgentError {
  return new AgentError('key-unreadable', `the private key (${label}) is cut or damaged: ${why}`, {
    hint: 'export it again; a PEM block that was cut or edited by hand does not decode',
  });
}

const PBES2 = '1.2.840.113549.1.5.13';
const PBKDF2 = '1.2.840.113549.1.5.12';
const SCRYPT = '1.3.6.1.4.1.11591.4.11';

const NAMES: Readonly<Record<string, string>> = {
  [PBES2]: 'PBES2',
  [PBKDF2]: 'PBKDF2',
  [SCRYPT]: 'scrypt',
  '1.2.840.113549.1.5.3': 'PBES1 MD5 and DES',
  '1.2.840.113549.1.5.6': 'PBES1 MD5 and RC2',
  '1.2.840.113549.1.5.10': 'PBES1 SHA-1 and DES',
  '1.2.840.113549.1.5.11': 'PBES1 SHA-1 and RC2',
  '1.2.840.113549.1.12.1.1': 'PBES1 SHA-1 and RC4-128',
  '1.2.840.113549.1.12.1.3': 'PBES1 SHA-1 and 3DES',
  '1.2.840.113549.1.12.1.5': 'PBES1 SHA-1 and RC2-128',
  '1.2.840.113549.1.12.1.6': 'PBES1 SHA-1 and RC2-40',
  '2.16.840.1.101.3.4.1.2': 'AES-128-CBC',
  '2.16.840.1.101.3.4.1.22': 'AES-192-CBC',
  '2.16.840.1.101.3.4.1.42': 'AES-256-CBC',
  '1.2.840.113549.3.7': 'DES-EDE3-CBC',
  '1.3.14.3.2.7': 'DES-CBC',
  '1.2.840.113549.3.2': 'RC2-CBC',
};

/** An OID that has no name stands for itself, unless it is longer than any that is assigned. */
function nameOf(oid = ''): string {
  return NAMES[oid] ?? (/^[\d.]{3,40}$/.test(oid) ? oid : 'an unknown algorithm');
}

/** SEQUENCE { oid, SEQUENCE { salt, INTEGER … } }: one integer is rounds, for scrypt they are N, r and p. */
function checkCost(name: string, derivation: Der): void {
  const [oid, parameters] = members(derivation);
  const numbers = members(parameters).filter(({ tag }) => tag === TAG.integer).map(readCount);
  const [first = 0, r = 1, p = 1] = numbers;
  const most = readOid(oid) === PBKDF2 ? MOST_ROUNDS : MOST_LEGACY_ROUNDS;
  if (readOid(oid) !== SCRYPT) {
    if (first > most) throw tooCostly(name, `${first} rounds to open, at most ${most} are done`);
  } else if (128 * first * r > MOST_SCRYPT_BYTES) {
    throw tooCostly(name, `${128 * first * r} bytes of memory to open, at most ${MOST_SCRYPT_BYTES} are given`);
  } else if (first * r * p > MOST_SCRYPT_WORK) {
    throw tooCostly(name, `${first * r * p} steps (N · r · p) to open, at most ${MOST_SCRYPT_WORK} are done`);
  }
}

/** Infinity where it takes more than six octets: 2^48 is beyond every bound. */
function readCount({ content }: Der): number {
  if (content.length === 0 || content.length > 6) return Infinity;
  return content.readUIntBE(0, content.length);
}

function tooCostly(name: string, found: string): AgentError {
  return new AgentError('key-unsupported', `the private key (${name}) takes ${found}`, {
    hint: 'encrypt it again, for example: openssl pkcs8 -topk8 -v2 aes-256-cbc',
  });
}

const CIPHERS: Readonly<Record<string, { name: string; keyBytes: number }>> = {
  '2.16.840.1.101.3.4.1.2': { name: 'aes-128-cbc', keyBytes: 16 },
  '2.16.840.1.101.3.4.1.22': { name: 'aes-192-cbc', keyBytes: 24 },
  '2.16.840.1.101.3.4.1.42': { name: 'aes-256-cbc', keyBytes: 32 },
  '1.2.840.113549.3.7': { name: 'des-ede3-cbc', keyBytes: 24 },
};
/** hmacWithSHA1 is the default (RFC 8018 appendix A.2), and what ACM uses. */
const DIGESTS: Readonly<Record<string, string>> = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
};

/** SEQUENCE of any length, INTEGER 0 or 1, SEQUENCE: PrivateKeyInfo (RFC 5958 section 2). Two blocks hold it. */
const KEY_HEAD = /^\x30(?:[\0-\x7f]|\x81.|\x82..)\x02\x01[\0\x01]\x30/s;
const HEAD_BYTES = 32;

function beginsLikeKey([derivation, scheme]: readonly Der[], data: Der, passphrase: string): boolean {
  const [cipherId, iv] = members(scheme);
  const cipher = CIPHERS[readOid(cipherId) ?? ''];
  if (cipher === undefined || iv === undefined || data.content.length < HEAD_BYTES) return false;
  try {
    const key = deriveKey(derivation, passphrase, cipher.keyBytes);
    if (key === undefined) return false;
    const decipher = createDecipheriv(cipher.name, key, iv.content).setAutoPadding(false);
    return KEY_HEAD.test(decipher.update(data.content.subarray(0, HEAD_BYTES)).toString('latin1'));
  } catch {
    // no rounds, a vector of the wrong length: what nobody can have encrypted with
    return false;
  }
}

function deriveKey(derivation: Der | undefined, passphrase: string, bytes: number): Buffer | undefined {
  const [oid, parameters] = members(derivation);
  const [salt, ...rest] = members(parameters);
  if (salt === undefined) return undefined;
  const [first = 0, r = 0, p = 0] = rest.filter(({ tag }) => tag === TAG.integer).map(readCount);
  if (readOid(oid) === SCRYPT) return scryptSync(passphrase, salt.content, bytes, { N: first, r, p, maxmem: 2 * MOST_SCRYPT_BYTES });
  const prf = rest.find(({ tag }) => tag === TAG.sequence);
  const digest = prf === undefined ? 'sha1' : DIGESTS[readOid(members(prf)[0]) ?? ''];
  return readOid(oid) === PBKDF2 && digest !== undefined ? pbkdf2Sync(passphrase, salt.content, first, bytes, digest) : undefined;
}
