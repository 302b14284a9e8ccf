import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import forge from 'node-forge';
import { beforeAll, describe, expect, it } from 'vitest';
import { acmEncryptedKeyPem } from '../../../src/demo/aws/acm-key.ts';
import { generateKeyPair, type KeyAlgorithm } from '../../../src/demo/pki/key-pair.ts';

const PASSPHRASE = 'Kx9!w"zE&4 ~rT';
const ALGORITHMS: readonly KeyAlgorithm[] = ['RSA_2048', 'RSA_3072', 'RSA_4096', 'EC_prime256v1', 'EC_secp384r1', 'EC_secp521r1'];

/** The parts of EncryptedPrivateKeyInfo (RFC 5958) with PBES2 (RFC 8018 appendix A.4), as nested lists: OIDs as text, the rest as sizes. */
function layoutOf(pem: string): unknown {
  const nodes = (node: forge.asn1.Asn1): unknown => {
    if (Array.isArray(node.value)) return node.value.map(nodes);
    if (node.type === forge.asn1.Type.OID) return forge.asn1.derToOid(node.value);
    if (node.type === forge.asn1.Type.INTEGER) return Buffer.from(node.value, 'binary').readUIntBE(0, node.value.length);
    return `${node.value.length} bytes`;
  };
  return nodes(forge.asn1.fromDer(forge.pem.decode(pem)[0]!.body));
}

const keys = new Map<KeyAlgorithm, KeyObject>();
beforeAll(async () => {
  for (const algorithm of ALGORITHMS) keys.set(algorithm, (await generateKeyPair(algorithm)).key);
});

const plainDer = (key: KeyObject): Buffer => key.export({ type: 'pkcs8', format: 'der' });

describe('acmEncryptedKeyPem', () => {
  it.each(ALGORITHMS)('writes %s in the layout of an ACM export: PBES2, PBKDF2 with no prf and no key length, AES-256-CBC', (algorithm) => {
    const key = keys.get(algorithm)!;
    // AES-CBC pads to the next full block of 16
    const cipherLength = (Math.floor(plainDer(key).length / 16) + 1) * 16;
    expect(layoutOf(acmEncryptedKeyPem(key, PASSPHRASE))).toEqual([
      [
        '1.2.840.113549.1.5.13',
        [
          ['1.2.840.113549.1.5.12', ['20 bytes', 2048]],
          ['2.16.840.1.101.3.4.1.42', '16 bytes'],
        ],
      ],
      `${cipherLength} bytes`,
    ]);
  });

  it.each(ALGORITHMS)('writes %s so that node:crypto opens it with the passphrase and no other (promises 64, 65)', (algorithm) => {
    const key = keys.get(algorithm)!;
    const pem = acmEncryptedKeyPem(key, PASSPHRASE);
    expect(plainDer(createPrivateKey({ key: pem, passphrase: PASSPHRASE })).equals(plainDer(key))).toBe(true);
    expect(() => createPrivateKey({ key: pem, passphrase: `${PASSPHRASE} ` })).toThrow();
  });

  it('writes PEM with line feeds only, in lines of 64, ended by one', () => {
    const key = keys.get('EC_prime256v1')!;
    const pem = acmEncryptedKeyPem(key, PASSPHRASE);
    expect(pem).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----\n([A-Za-z0-9+/=]{1,64}\n)+-----END ENCRYPTED PRIVATE KEY-----\n$/);
  });

  it('never uses salt or vector twice', () => {
    const key = keys.get('EC_prime256v1')!;
    expect(acmEncryptedKeyPem(key, PASSPHRASE)).not.toBe(acmEncryptedKeyPem(key, PASSPHRASE));
  });

  const openssl = spawnSync('openssl', ['version']).status === 0;
  it.skipIf(!openssl).each(ALGORITHMS)('writes %s so that the openssl command opens it', (algorithm) => {
    const key = keys.get(algorithm)!;
    const { status, stdout } = spawnSync('openssl', ['pkey', '-passin', `pass:${PASSPHRASE}`, '-outform', 'DER', '-pubout'], {
      input: acmEncryptedKeyPem(key, PASSPHRASE),
    });
    expect(status).toBe(0);
    expect(stdout.equals(createPublicKey(key).export({ type: 'spki', format: 'der' }))).toBe(true);
  });
});
