import type { KeyObject } from 'node:crypto';
import forge from 'node-forge';

/**
 * A private key as ACM's ExportCertificate writes it: PKCS#8 EncryptedPrivateKeyInfo with PBES2; PBKDF2 of 2048 rounds over a
 * 20-byte salt, key length and prf left out (so HMAC-SHA1 by default); AES-256-CBC; LF-ended PEM. RSA and EC alike.
 * Taken from the documented sample export (ACM user guide, "Export a private certificate").
 */
export function acmEncryptedKeyPem(key: KeyObject, passphrase: string): string {
  const pkcs8 = forge.asn1.fromDer(key.export({ type: 'pkcs8', format: 'der' }).toString('binary'));
  const encrypted = forge.pki.encryptPrivateKeyInfo(pkcs8, passphrase, {
    algorithm: 'aes256',
    count: 2048,
    saltSize: 20,
    prfAlgorithm: 'sha1',
  });
  return forge.pki.encryptedPrivateKeyToPem(encrypted).replaceAll('\r\n', '\n');
}
