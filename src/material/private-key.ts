import { type KeyObject, createPrivateKey } from 'node:crypto';
import { AgentError } from '../errors.ts';
import { TAG, members, readDer, readOid } from './der.ts';
import { type PemBlock, parsePem } from './pem.ts';
import type { SecretText } from './secret-text.ts';

const KEY_LABELS = ['PRIVATE KEY', 'ENCRYPTED PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY'];

/**
 * Opens the one private key in PEM text: PKCS#8 (RFC 5958), plain or encrypted, PKCS#1, SEC1. An encrypted key is tried
 * with the passphrase and with its base64 form, because the published project encrypted with the latter.
 */
export async function openPrivateKey(text: SecretText, passphrase: SecretText | undefined): Promise<KeyObject> {
  const block = findKey(text);
  if (!isEncrypted(block)) return openPlain(block);
  if (passphrase === undefined || passphrase.reveal() === '') {
    throw new AgentError('key-passphrase-missing', `the private key is encrypted (${nameEncryption(block)}) and there is no passphrase`, {
      hint: 'store the passphrase of the export beside the key, under Passphrase',
    });
  }
  return openEncrypted(block, passphrase.reveal());
}

function findKey(text: SecretText): PemBlock {
  const blocks = parsePem(text.reveal()).filter(({ label }) => label.endsWith('PRIVATE KEY'));
  const [block, second] = blocks;
  if (block === undefined) {
    throw new AgentError('key-unreadable', 'there is no private key where one is expected: no PEM block ends in PRIVATE KEY', {
      hint: 'the field wants the PEM text as ACM exports it, line breaks included',
    });
  }
  if (second !== undefined) {
    throw new AgentError('key-unreadable', `one private key is expected, found ${blocks.length}`, { hint: 'keep the key that belongs to the certificate' });
  }
  if (!KEY_LABELS.includes(block.label)) {
    throw new AgentError('key-unsupported', `a private key of the form ${block.label}, which Envoy does not take`, {
      hint: 'use RSA 2048 to 4096, P-256, P-384 or P-521',
    });
  }
  return block;
}

function isEncrypted({ label, headers }: PemBlock): boolean {
  return label === 'ENCRYPTED PRIVATE KEY' || headers.includes('ENCRYPTED');
}

function openPlain(block: PemBlock): KeyObject {
  try {
    return createPrivateKey(block.text);
  } catch (cause) {
    throw new AgentError('key-unreadable', `the private key (${block.label}) cannot be read: ${openSslReason(cause)}`, {
      hint: 'export it again; a PEM block that was cut or edited by hand does not decode',
    });
  }
}

async function openEncrypted(block: PemBlock, passphrase: string): Promise<KeyObject> {
  const candidates = [passphrase, Buffer.from(passphrase).toString('base64')];
  for (const candidate of candidates) {
    try {
      return createPrivateKey({ key: block.text, passphrase: candidate });
    } catch (cause) {
      if (isUnsupported(cause)) return openLegacy(block, candidates);
    }
  }
  throw wrongPassphrase(block);
}

/** OpenSSL 3 refuses PBES1 and RFC 1423; forge opens what of it still occurs. */
async function openLegacy(block: PemBlock, candidates: readonly string[]): Promise<KeyObject> {
  const { openLegacyKey } = await import('./legacy-key.ts');
  for (const candidate of candidates) {
    const opened = openLegacyKey(block.text, candidate);
    if (opened === null) {
      throw new AgentError('key-unsupported', `the private key is encrypted with ${nameEncryption(block)}, which cannot be opened`, {
        hint: 'encrypt it again with PBES2, for example: openssl pkcs8 -topk8 -v2 aes-256-cbc',
      });
    }
    if (opened !== undefined) return createPrivateKey(opened);
  }
  throw wrongPassphrase(block);
}

function wrongPassphrase(block: PemBlock): AgentError {
  return new AgentError('key-passphrase-wrong', `the passphrase does not open the private key (${nameEncryption(block)}), nor does its base64 form`, {
    hint: 'key and passphrase must come from one export; a line break at the end of the passphrase counts',
  });
}

function isUnsupported(cause: unknown): boolean {
  const code = (cause as { code?: unknown } | null)?.code;
  return code === 'ERR_OSSL_UNSUPPORTED' || code === 'ERR_OSSL_EVP_UNSUPPORTED';
}

/** OpenSSL's words without its file names; they never hold key material. */
function openSslReason(cause: unknown): string {
  const { reason, message } = cause as { reason?: string; message?: string };
  return reason ?? message ?? 'unknown reason';
}

const ALGORITHMS: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.5.13': 'PBES2',
  '1.2.840.113549.1.5.3': 'PBES1 MD5 and DES',
  '1.2.840.113549.1.5.10': 'PBES1 SHA-1 and DES',
  '1.2.840.113549.1.12.1.3': 'PBES1 SHA-1 and 3DES',
  '1.2.840.113549.1.12.1.6': 'PBES1 SHA-1 and RC2-40',
  '1.2.840.113549.1.5.12': 'PBKDF2',
  '1.3.6.1.4.1.11591.4.11': 'scrypt',
  '2.16.840.1.101.3.4.1.2': 'AES-128-CBC',
  '2.16.840.1.101.3.4.1.22': 'AES-192-CBC',
  '2.16.840.1.101.3.4.1.42': 'AES-256-CBC',
  '1.2.840.113549.3.7': '3DES-CBC',
};

/** `PBES2, PBKDF2, AES-256-CBC`: what the key's AlgorithmIdentifier says (RFC 8018 appendix A.4). */
export function nameEncryption(block: PemBlock): string {
  if (block.headers !== '') return `RFC 1423 ${/DEK-Info: *([\w-]+)/.exec(block.headers)?.[1] ?? 'unknown'}`;
  try {
    const [algorithm] = members(readDer(block.der)[0]);
    const [scheme, parameters] = members(algorithm);
    const nested = parameters?.tag === TAG.sequence ? members(parameters).map((part) => readOid(part.tag === TAG.sequence ? members(part)[0] : undefined)) : [];
    const oids = [readOid(scheme), ...nested].filter((oid) => oid !== undefined);
    return oids.map((oid) => ALGORITHMS[oid] ?? oid).join(', ');
  } catch {
    return 'unreadable algorithm';
  }
}
