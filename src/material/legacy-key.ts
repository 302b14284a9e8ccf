import forge from 'node-forge';

/**
 * Opens a key in an encryption that OpenSSL 3 refuses: PBES1 and RFC 1423. The result is plain PEM, undefined when the
 * passphrase is wrong, null when forge does not know the encryption either.
 */
export function openLegacyKey(pem: string, passphrase: string): string | undefined | null {
  try {
    if (pem.includes('Proc-Type')) {
      // forge gives null for a wrong passphrase here, although its types do not say so
      const key = forge.pki.decryptRsaPrivateKey(pem, passphrase) as forge.pki.rsa.PrivateKey | null;
      return key === null ? undefined : forge.pki.privateKeyToPem(key);
    }
    const info = forge.pki.decryptPrivateKeyInfo(forge.pki.encryptedPrivateKeyFromPem(pem), passphrase) as forge.asn1.Asn1 | null;
    return info === null ? undefined : forge.pki.privateKeyInfoToPem(info);
  } catch (thrown) {
    return /unsupported|not supported|unknown/i.test(String(thrown)) ? null : undefined;
  }
}
