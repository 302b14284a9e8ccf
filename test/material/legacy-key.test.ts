import { execFileSync } from 'node:child_process';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import forge from 'node-forge';
import { describe, expect, it } from 'vitest';
import { openLegacyKey } from '../../src/material/legacy-key.ts';
import { parsePem } from '../../src/material/pem.ts';

const PASSPHRASE = 'open-sesame';
const keys = {
  RSA: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  EC: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
};
type Kind = keyof typeof keys;

// OpenSSL's legacy provider writes them, so that forge is not its own judge
const openssl = (args: readonly string[], input: string | Buffer): string =>
  execFileSync('openssl', [...args, '-passout', `pass:${PASSPHRASE}`, '-provider', 'legacy', '-provider', 'default'], { input, stdio: ['pipe', 'pipe', 'ignore'] }).toString();
const pkcs8 = (kind: Kind): string => keys[kind].export({ type: 'pkcs8', format: 'pem' }).toString();
const pbes1 = (kind: Kind, scheme: string): string => openssl(['pkcs8', '-topk8', '-v1', scheme], pkcs8(kind));
const pbes2 = (kind: Kind, cipher: string): string => openssl(['pkcs8', '-topk8', '-v2', cipher], pkcs8(kind));
const rfc1423 = (kind: Kind, cipher: string): string => openssl(kind === 'RSA' ? ['rsa', '-traditional', `-${cipher}`] : ['ec', `-${cipher}`], pkcs8(kind));
const open = (pem: string, passphrase = PASSPHRASE): string | undefined | null => openLegacyKey(parsePem(pem)[0]!, passphrase);

const opened: [Kind, string, (kind: Kind) => string][] = (['RSA', 'EC'] as const).flatMap((kind): [Kind, string, (kind: Kind) => string][] => [
  [kind, 'PBES1 with MD5 and DES', (of) => pbes1(of, 'PBE-MD5-DES')],
  [kind, 'PBES1 with SHA-1 and DES', (of) => pbes1(of, 'PBE-SHA1-DES')],
  [kind, 'PKCS#12 with SHA-1 and RC2-40', (of) => pbes1(of, 'PBE-SHA1-RC2-40')],
  [kind, 'PKCS#12 with SHA-1 and 3DES', (of) => pbes1(of, 'PBE-SHA1-3DES')],
  [kind, 'PBES2 with DES', (of) => pbes2(of, 'des')],
  [kind, 'RFC 1423 with DES', (of) => rfc1423(of, 'des')],
  [kind, 'RFC 1423 with RC2', (of) => rfc1423(of, 'rc2')],
]);

describe('a key in an encryption of the past', () => {
  it.each(opened)('opens: %s in %s', (kind, _encryption, write) => {
    const plain = open(write(kind));
    expect(createPrivateKey(plain ?? '').equals(keys[kind])).toBe(true);
  });

  it.each(opened)('never becomes a key by a wrong passphrase: %s in %s', (kind, _encryption, write) => {
    const pem = write(kind);
    for (let attempt = 0; attempt < 8; attempt++) {
      const plain = open(pem, `wrong ${attempt}`);
      expect(plain).not.toBeNull();
      if (plain !== undefined) expect(() => createPrivateKey(plain ?? '')).toThrow();
    }
  });

  it.each([
    ['PBES1 with SHA-1 and RC4-128', () => pbes1('RSA', 'PBE-SHA1-RC4-128')],
    ['PBES1 with MD5 and RC2-64', () => pbes1('RSA', 'PBE-MD5-RC2-64')],
    ['RFC 1423 without its initialisation vector', () => rfc1423('RSA', 'des').replace(/DEK-Info: .*/, 'DEK-Info: DES-CBC')],
  ])('is null where it is not known: %s', (_encryption, write) => {
    expect(open(write())).toBeNull();
  });

  it.each([
    ['PBES1', () => openssl(['pkcs8', '-topk8', '-iter', '1', '-v1', 'PBE-MD5-DES'], pkcs8('EC'))],
    ['PKCS#12', () => openssl(['pkcs8', '-topk8', '-iter', '1', '-v1', 'PBE-SHA1-RC2-40'], pkcs8('EC'))],
    ['PBES2', () => openssl(['pkcs8', '-topk8', '-iter', '1', '-v2', 'des'], pkcs8('EC'))],
  ])('never throws, whichever bit of its first bytes is flipped: %s', (_encryption, write) => {
    const block = parsePem(write())[0]!;
    // the rounds, one here, stand aside: what they may cost is checked before
    const rounds = block.der.indexOf(Buffer.from('020101', 'hex'));
    for (let bit = 0; bit < 8 * 60; bit++) {
      const at = bit >> 3;
      if (at >= rounds && at < rounds + 3) continue;
      const der = Buffer.from(block.der);
      der.writeUInt8(der.readUInt8(at) ^ (1 << (bit & 7)), at);
      expect(() => openLegacyKey({ ...block, der }, PASSPHRASE)).not.toThrow();
    }
  });

  it('agrees with forge on its own writing', () => {
    const info = forge.asn1.fromDer(keys.EC.export({ type: 'pkcs8', format: 'der' }).toString('latin1'));
    const pem = forge.pki.encryptedPrivateKeyToPem(forge.pki.encryptPrivateKeyInfo(info, PASSPHRASE, { algorithm: '3des' }));
    expect(createPrivateKey(open(pem) ?? '').equals(keys.EC)).toBe(true);
  });
});
