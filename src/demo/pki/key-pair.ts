import { KeyObject, webcrypto } from 'node:crypto';

type CryptoKey = webcrypto.CryptoKey;

/** Key algorithms by their ACM names (ACM API, `KeyAlgorithm`); Ed25519 is for odd fixtures: neither ACM nor Envoy takes it. */
export type KeyAlgorithm =
  | 'RSA_1024'
  | 'RSA_2048'
  | 'RSA_3072'
  | 'RSA_4096'
  | 'EC_prime256v1'
  | 'EC_secp384r1'
  | 'EC_secp521r1'
  | 'Ed25519';

/** What WebCrypto calls the key, and the signature a certificate authority with such a key makes. */
interface AlgorithmFacts {
  readonly generate: webcrypto.RsaHashedKeyGenParams | webcrypto.EcKeyGenParams | webcrypto.Algorithm;
  readonly sign: webcrypto.EcdsaParams | webcrypto.Algorithm;
}

const rsa = (modulusLength: number): AlgorithmFacts => ({
  generate: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength, publicExponent: new Uint8Array([1, 0, 1]) },
  sign: { name: 'RSASSA-PKCS1-v1_5' },
});

// the digest as long as the curve is strong
const ec = (namedCurve: string, hash: string): AlgorithmFacts => ({
  generate: { name: 'ECDSA', namedCurve },
  sign: { name: 'ECDSA', hash },
});

const ALGORITHMS: Readonly<Record<KeyAlgorithm, AlgorithmFacts>> = {
  RSA_1024: rsa(1024),
  RSA_2048: rsa(2048),
  RSA_3072: rsa(3072),
  RSA_4096: rsa(4096),
  EC_prime256v1: ec('P-256', 'SHA-256'),
  EC_secp384r1: ec('P-384', 'SHA-384'),
  EC_secp521r1: ec('P-521', 'SHA-512'),
  Ed25519: { generate: { name: 'Ed25519' }, sign: { name: 'Ed25519' } },
};

/** A key pair as the certificate library (WebCrypto) and as everyone else (`KeyObject`) wants it. */
export interface KeyPair {
  readonly algorithm: KeyAlgorithm;
  readonly publicKey: CryptoKey;
  readonly privateKey: CryptoKey;
  /** The private key, exportable. */
  readonly key: KeyObject;
}

/** A fresh pair. RSA takes 40 to 210 ms at 2048 bits, EC under 1 ms. */
export async function generateKeyPair(algorithm: KeyAlgorithm): Promise<KeyPair> {
  const pair = await webcrypto.subtle.generateKey(ALGORITHMS[algorithm].generate, true, ['sign', 'verify']);
  if (!('privateKey' in pair)) throw new Error(`${algorithm} made no pair`);
  return { algorithm, publicKey: pair.publicKey, privateKey: pair.privateKey, key: KeyObject.from(pair.privateKey) };
}

/** How a key of this algorithm signs a certificate or a revocation list. */
export function signatureOf(algorithm: KeyAlgorithm): AlgorithmFacts['sign'] {
  return ALGORITHMS[algorithm].sign;
}
