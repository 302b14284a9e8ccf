import forge from 'node-forge';
import { TAG, members, readDer, readOid } from './der.ts';
import { type PemBlock, formatPem } from './pem.ts';

interface Decipher {
  update(bytes: forge.util.ByteBuffer): unknown;
  finish(): boolean;
  readonly output: forge.util.ByteBuffer;
}

/** What forge exports and its types leave out. */
const { pki, pbe } = forge as unknown as {
  readonly pki: { readonly pbe: { getCipher(oid: string, parameters: unknown, passphrase: string): Decipher } };
  readonly pbe: { opensslDeriveBytes(passphrase: string, salt: string, bytes: number): string };
};

/**
 * Decrypts a key in an encryption that OpenSSL 3 refuses without its legacy provider: PBES1 (RFC 8018 section 6.1) with
 * DES, PKCS#12 with RC2-40, PBES2 with DES, RFC 1423 with DES or RC2. The result is plain PEM, which need not be a key: once in some
 * hundred a wrong passphrase leaves valid padding. Undefined: the padding is wrong; null: the encryption is not known here either.
 */
export function openLegacyKey({ label, der, headers }: PemBlock, passphrase: string): string | undefined | null {
  const decipher = decipherOf(der, headers, passphrase);
  if (decipher === undefined) return null;
  decipher.update(forge.util.createBuffer((headers === '' ? cipherText(der) : der).toString('latin1')));
  if (!decipher.finish()) return undefined;
  return formatPem(label.replace('ENCRYPTED ', ''), Buffer.from(decipher.output.getBytes(), 'latin1'));
}

function decipherOf(der: Buffer, headers: string, passphrase: string): Decipher | undefined {
  try {
    return headers === '' ? pkcs8Decipher(der, passphrase) : rfc1423Decipher(headers, passphrase);
  } catch {
    // forge throws for what it does not know and for parameters that are none
    return undefined;
  }
}

/** EncryptedPrivateKeyInfo ::= SEQUENCE { encryptionAlgorithm, encryptedData }. */
function cipherText(der: Buffer): Buffer {
  return members(readDer(der)[0])[1]?.content ?? Buffer.alloc(0);
}

/** Digests of the PBES1 schemes with DES-CBC. */
const PBES1_DES: Readonly<Record<string, () => forge.md.MessageDigest>> = {
  '1.2.840.113549.1.5.3': () => forge.md.md5.create(),
  '1.2.840.113549.1.5.10': () => forge.md.sha1.create(),
};

function pkcs8Decipher(der: Buffer, passphrase: string): Decipher | undefined {
  const [algorithm] = members(readDer(der)[0]);
  const [scheme, parameters] = members(algorithm);
  const oid = readOid(scheme) ?? '';
  const digest = PBES1_DES[oid];
  if (digest === undefined) return knownToForge(oid, der, passphrase);
  const [salt, rounds] = members(parameters);
  if (salt?.tag !== TAG.octetString || rounds?.tag !== TAG.integer) return undefined;
  // PBKDF1: eight octets of key, eight of initialisation vector
  let derived = Buffer.concat([Buffer.from(passphrase), salt.content]).toString('latin1');
  for (let round = rounds.content.readUIntBE(0, rounds.content.length); round > 0; round--) derived = digest().update(derived).digest().getBytes();
  return startDes(derived.slice(0, 8), derived.slice(8, 16));
}

function knownToForge(oid: string, der: Buffer, passphrase: string): Decipher {
  const info = forge.asn1.fromDer(der.toString('latin1'));
  const parameters = ((info.value as forge.asn1.Asn1[])[0]?.value as forge.asn1.Asn1[])[1];
  return pki.pbe.getCipher(oid, parameters, passphrase);
}

/** Key lengths in bytes of what OpenSSL wrote into DEK-Info; RC2's effective bits are eight times that. */
const RFC_1423: Readonly<Record<string, number>> = { 'DES-CBC': 8, 'RC2-40-CBC': 5, 'RC2-64-CBC': 8, 'RC2-CBC': 16 };

function rfc1423Decipher(headers: string, passphrase: string): Decipher | undefined {
  const [, algorithm = '', hex = ''] = /DEK-Info: *([\w-]+),([0-9A-Fa-f]{16})\b/.exec(headers) ?? [];
  const keyBytes = RFC_1423[algorithm];
  if (keyBytes === undefined) return undefined;
  const iv = forge.util.hexToBytes(hex);
  const key = pbe.opensslDeriveBytes(passphrase, iv, keyBytes);
  return algorithm === 'DES-CBC' ? startDes(key, iv) : startRc2(key, iv);
}

function startDes(key: string, iv: string): Decipher {
  const decipher = forge.cipher.createDecipher('DES-CBC', key);
  decipher.start({ iv });
  return decipher;
}

function startRc2(key: string, iv: string): Decipher {
  const decipher = forge.rc2.createDecryptionCipher(key, key.length * 8);
  decipher.start(iv);
  return decipher;
}
