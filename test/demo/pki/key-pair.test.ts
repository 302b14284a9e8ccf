import { createPublicKey } from 'node:crypto';
import { expect, it } from 'vitest';
import { generateKeyPair, type KeyAlgorithm } from '../../../src/demo/pki/key-pair.ts';

it.each<[KeyAlgorithm, string, object]>([
  ['RSA_1024', 'rsa', { modulusLength: 1024, publicExponent: 65537n }],
  ['RSA_2048', 'rsa', { modulusLength: 2048 }],
  ['RSA_3072', 'rsa', { modulusLength: 3072 }],
  ['EC_prime256v1', 'ec', { namedCurve: 'prime256v1' }],
  ['EC_secp384r1', 'ec', { namedCurve: 'secp384r1' }],
  ['EC_secp521r1', 'ec', { namedCurve: 'secp521r1' }],
  ['Ed25519', 'ed25519', {}],
])('makes an exportable %s key', async (algorithm, type, details) => {
  const { key } = await generateKeyPair(algorithm);
  expect(key.asymmetricKeyType).toBe(type);
  expect(key.asymmetricKeyDetails).toMatchObject(details);
  expect(createPublicKey(key.export({ type: 'pkcs8', format: 'pem' })).asymmetricKeyType).toBe(type);
});
