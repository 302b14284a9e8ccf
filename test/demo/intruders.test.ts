import { createSign, createVerify } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { beforeAll, expect, it } from 'vitest';
import { type Intruder, mutualIntruders, oneWayIntruders } from '../../src/demo/intruders.ts';
import { NOW, type Pki, createPki } from '../fixtures/pki.ts';

let pki: Pki;
let intruders: readonly Intruder[];
beforeAll(async () => {
  pki = await createPki();
  intruders = await mutualIntruders(pki.gateway.root, pki.gateway.leaf, NOW);
});

it('knocks in the five ways that mutual TLS must refuse', () => {
  expect(intruders.map(({ name }) => name)).toEqual(['no client certificate', 'certificate of another CA', 'expired certificate', 'right certificate, another key', 'wrong name (SAN)']);
  expect(oneWayIntruders().map(({ name }) => name)).toEqual(['plain HTTP']);
});

it('has a key that OpenSSL takes for the genuine one and whose signatures are wrong (promise 2)', () => {
  const { certificatePem = '', key } = intruders[3]?.identity ?? {};
  if (key === undefined) throw new Error('no key');
  expect(certificatePem).toBe(pki.gateway.leaf.certificatePem);
  expect(() => createSecureContext({ cert: certificatePem, key: key.export({ type: 'pkcs8', format: 'pem' }) })).not.toThrow();
  const signature = createSign('sha256').update('hello').sign(key);
  expect(createVerify('sha256').update('hello').verify(certificatePem, signature)).toBe(false);
});
