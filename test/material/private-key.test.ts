import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import forge from 'node-forge';
import { describe, expect, it } from 'vitest';
import type { AgentError } from '../../src/errors.ts';
import { openPrivateKey } from '../../src/material/private-key.ts';
import { SecretText } from '../../src/material/secret-text.ts';

const PASSPHRASE = 'open-sesame';
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const pem = (text: string | Buffer): SecretText => new SecretText(text.toString());
const forgeInfo = (): forge.asn1.Asn1 => forge.asn1.fromDer(rsa.export({ type: 'pkcs8', format: 'der' }).toString('latin1'));
const failure = async (text: SecretText, passphrase?: string): Promise<AgentError> =>
  openPrivateKey(text, passphrase === undefined ? undefined : new SecretText(passphrase)).then(
    () => Promise.reject(new Error('was opened')),
    (thrown: unknown) => thrown as AgentError,
  );

describe('a private key opens', () => {
  it.each([
    ['PKCS#8', pem(ec.export({ type: 'pkcs8', format: 'pem' }))],
    ['SEC1', pem(ec.export({ type: 'sec1', format: 'pem' }))],
  ])('plain as %s', async (_form, text) => {
    expect((await openPrivateKey(text, undefined)).equals(ec)).toBe(true);
  });

  it('plain as PKCS#1', async () => {
    expect((await openPrivateKey(pem(rsa.export({ type: 'pkcs1', format: 'pem' })), undefined)).equals(rsa)).toBe(true);
  });

  it('as SEC1 behind its EC PARAMETERS block, as openssl ecparam -genkey writes it', async () => {
    const parameters = '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n';
    expect((await openPrivateKey(pem(parameters + ec.export({ type: 'sec1', format: 'pem' }).toString()), undefined)).equals(ec)).toBe(true);
  });

  it('encrypted with PBES2, and with base64 of the passphrase as the published project did', async () => {
    const encrypt = (passphrase: string): SecretText => pem(ec.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase }));
    const secret = new SecretText(PASSPHRASE);
    expect((await openPrivateKey(encrypt(PASSPHRASE), secret)).equals(ec)).toBe(true);
    expect((await openPrivateKey(encrypt(Buffer.from(PASSPHRASE).toString('base64')), secret)).equals(ec)).toBe(true);
  });

  it('in the RFC 1423 encryption that OpenSSL wrote before PKCS#8', async () => {
    const key = pem(rsa.export({ type: 'pkcs1', format: 'pem', cipher: 'aes-256-cbc', passphrase: PASSPHRASE }));
    expect(key.reveal()).toContain('DEK-Info');
    expect((await openPrivateKey(key, new SecretText(PASSPHRASE))).equals(rsa)).toBe(true);
  });

  it('encrypted with PBES1 SHA-1 and 3DES', async () => {
    const info = forge.pki.encryptPrivateKeyInfo(forgeInfo(), PASSPHRASE, { algorithm: '3des' });
    expect((await openPrivateKey(pem(forge.pki.encryptedPrivateKeyToPem(info)), new SecretText(PASSPHRASE))).equals(rsa)).toBe(true);
  });

  it('with line breaks that arrived as two characters', async () => {
    const flat = ec.export({ type: 'pkcs8', format: 'pem' }).toString().replaceAll('\n', '\\n');
    expect((await openPrivateKey(pem(flat), undefined)).equals(ec)).toBe(true);
  });
});

describe('a private key does not open', () => {
  it('and its encryption is named when nobody knows it', async () => {
    const der = ec.export({ type: 'pkcs8', format: 'pem' });
    const weak = execFileSync('openssl', ['pkcs8', '-topk8', '-v1', 'PBE-MD5-DES', '-passout', `pass:${PASSPHRASE}`, '-provider', 'legacy', '-provider', 'default'], { input: der });
    const error = await failure(pem(weak), PASSPHRASE);
    expect(error.code).toBe('key-unsupported');
    expect(error.message).toContain('PBES1 MD5 and DES');
  });

  it('with the wrong passphrase, naming the encryption', async () => {
    const error = await failure(pem(ec.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: PASSPHRASE })), 'wrong');
    expect(error.code).toBe('key-passphrase-wrong');
    expect(error.message).toContain('PBES2, PBKDF2, AES-256-CBC');
  });

  it('when several stand in one field', async () => {
    const both = `${ec.export({ type: 'pkcs8', format: 'pem' }).toString()}${rsa.export({ type: 'pkcs8', format: 'pem' }).toString()}`;
    expect((await failure(pem(both))).message).toBe('one private key is expected, found 2');
  });

  it('when there is none', async () => {
    expect((await failure(pem('-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----'))).code).toBe('key-unreadable');
  });
});
