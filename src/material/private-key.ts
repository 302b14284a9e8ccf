import { type KeyObject, createPrivateKey } from 'node:crypto';
import { AgentError } from '../errors.ts';
import { type KeyEncryption, readEncryption } from './key-encryption.ts';
import { type PemBlock, parsePem } from './pem.ts';
import { isPlaceholder, placeholder } from './placeholder.ts';
import type { SecretText } from './secret-text.ts';

const KEY_LABELS = ['PRIVATE KEY', 'ENCRYPTED PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY'];

/** `OPENSSH PRIVATE KEY` and the like; `ENCRYPTED PRIVATE KEY` is the longest that is read. */
const LONGEST_LABEL = 21;

/**
 * Opens the one private key in PEM text: PKCS#8 (RFC 5958), plain or encrypted, PKCS#1, SEC1. The same key twice, in
 * whatever form, is one key; different ones are refused even when one fits the certificate, because where two keys were
 * pasted there may be two certificates, and which pair is meant cannot be told.
 *
 * The passphrase is tried as it is, in its base64 form, because the published project encrypted with that, and both again without
 * line breaks at its end, which `echo` adds and nobody means. Opening weakens nothing: who has the one text has the other.
 * One outside ASCII is refused before it is tried: ACM takes none, and which bytes it stands for differs from tool to tool.
 */
export async function openPrivateKey(text: SecretText, passphrase: SecretText | undefined): Promise<KeyObject> {
  const [block, ...others] = findKeys(text);
  if (others.length === 0) return openBlock(block, passphrase?.reveal());
  const several = new AgentError('key-unreadable', `one private key is expected, found ${others.length + 1} different ones`, {
    hint: 'keep the key that belongs to the certificate',
  });
  if (others.length >= MOST_KEYS) throw several;
  const opened = await Promise.all([block, ...others].map((each) => openBlock(each, passphrase?.reveal()).catch(() => undefined)));
  const [key] = opened;
  if (key === undefined || !opened.every((other) => other?.equals(key))) throw several;
  return key;
}

/** One key in each of its forms; each costs a derivation or four. */
const MOST_KEYS = 4;

/** Every block of a key once, at least one. */
function findKeys(text: SecretText): [PemBlock, ...PemBlock[]] {
  const blocks = parsePem(text.reveal()).filter(({ label }) => label.endsWith('PRIVATE KEY'));
  const [block, ...others] = [...new Map(blocks.map((each) => [each.text, each])).values()];
  if (block !== undefined) return [block, ...others];
  throw new AgentError('key-unreadable', 'there is no private key where one is expected: no PEM block ends in PRIVATE KEY', {
    hint: 'the field wants the PEM text as ACM exports it, line breaks included',
  });
}

async function openBlock(block: PemBlock, passphrase = ''): Promise<KeyObject> {
  if (!KEY_LABELS.includes(block.label)) {
    // a label is text from outside, too: only one that could be a name is printed
    const form = block.label.length <= LONGEST_LABEL ? block.label : `of a label of ${block.label.length} characters`;
    throw new AgentError('key-unsupported', `the private key has the form ${form}, expected is one of ${KEY_LABELS.join(', ')}`, {
      hint: 'use RSA 2048 to 4096, P-256 or P-384',
    });
  }
  if (block.label !== 'ENCRYPTED PRIVATE KEY' && !block.headers.includes('ENCRYPTED')) return openPlain(block);
  const encryption = readEncryption(block);
  checkPassphrase(encryption, passphrase);
  return openEncrypted(block, encryption, passphrase);
}

function openPlain(block: PemBlock): KeyObject {
  try {
    return createPrivateKey(block.text);
  } catch (cause) {
    throw new AgentError('key-unreadable', `the private key (${block.label}, ${block.der.length} bytes) cannot be read: ${openSslReason(cause)}`, {
      hint: 'export it again; a PEM block that was cut or edited by hand does not decode',
    });
  }
}

/** OpenSSL reads a passphrase into a buffer of this size (PEM_BUFSIZE). */
const LONGEST_PASSPHRASE = 1024;

function checkPassphrase({ name }: KeyEncryption, passphrase: string): void {
  if (/^[\r\n]*$/.test(passphrase)) {
    throw new AgentError('key-passphrase-missing', `the private key is encrypted (${name}) and there is no passphrase`, {
      hint: 'store the passphrase of the export beside the key, under Passphrase',
    });
  }
  if (/[^\0-\x7f]/.test(passphrase)) {
    throw new AgentError('key-passphrase-wrong', `the passphrase of the private key (${name}) has characters outside ASCII, expected are ASCII characters only`, {
      hint: 'ACM takes ASCII, and other characters become other bytes from tool to tool; export again with a passphrase of GetRandomPassword',
    });
  }
  if (passphrase.length > LONGEST_PASSPHRASE) {
    throw new AgentError('key-passphrase-wrong', `the passphrase of the private key (${name}) has ${passphrase.length} characters, at most ${LONGEST_PASSPHRASE} are possible`, {
      hint: 'ACM takes 4 to 128; is something else in this field',
    });
  }
}

async function openEncrypted(block: PemBlock, encryption: KeyEncryption, passphrase: string): Promise<KeyObject> {
  const forms = formsOf(passphrase);
  const failures: unknown[] = [];
  for (const form of forms) {
    try {
      return createPrivateKey({ key: block.text, passphrase: form });
    } catch (cause) {
      failures.push(cause);
    }
  }
  // a wrong passphrase that happens to leave valid padding is "unsupported", too, but not in every form
  if (failures.every(isUnsupported)) return openLegacy(block, encryption, forms);
  throw notOpened(encryption, forms);
}

function formsOf(passphrase: string): string[] {
  const texts = [passphrase, passphrase.replace(/[\r\n]+$/, '')];
  return [...new Set(texts.flatMap((text) => [text, Buffer.from(text).toString('base64')]))].filter((form) => form.length <= LONGEST_PASSPHRASE);
}

/** OpenSSL 3 refuses PBES1 and RFC 1423 with ciphers of the past; forge opens what of it still occurs. */
async function openLegacy(block: PemBlock, encryption: KeyEncryption, forms: readonly string[]): Promise<KeyObject> {
  const { openLegacyKey } = await import('./legacy-key.ts');
  for (const form of forms) {
    const plain = openLegacyKey(block, form);
    if (plain === null) {
      throw new AgentError('key-unsupported', `the private key is encrypted with ${encryption.name}, which cannot be opened`, {
        hint: 'encrypt it again with PBES2, for example: openssl pkcs8 -topk8 -v2 aes-256-cbc',
      });
    }
    try {
      if (plain !== undefined) return createPrivateKey(plain);
    } catch {
      // valid padding by chance
    }
  }
  throw notOpened(encryption, forms);
}

/** Why none of the forms opened the key. */
function notOpened({ name, isRightFor }: KeyEncryption, forms: readonly string[]): AgentError {
  if (forms.some(isRightFor)) {
    return new AgentError('key-unreadable', `the passphrase is that of the private key (${name}), and what it encrypts does not decode as a key`, {
      hint: 'export it again; a PEM block that was cut or edited by hand does not decode',
    });
  }
  if (forms.some(isPlaceholder)) return placeholder('the passphrase');
  return new AgentError('key-passphrase-wrong', `the passphrase does not open the private key (${name}), nor does its base64 form`, {
    hint: 'key and passphrase must come from one export, stored together in one version of the secret',
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
