import { beforeAll, describe, expect, it } from 'vitest';
import { factsOf, parseCertificates, unique } from '../../src/material/certificate.ts';
import { type Pki, VALID, createPki, createSide } from '../fixtures/pki.ts';

let pki: Pki;
beforeAll(async () => {
  pki = await createPki({ gateway: { serial: '0a1b2c', names: ['a.example', 'spiffe://mesh/a', '10.0.0.1'] } });
});

describe('a certificate', () => {
  it('is described as people and Envoy call it', () => {
    const [certificate] = parseCertificates(pki.gateway.leaf.certificatePem, 'the secret');
    expect(certificate && factsOf(certificate)).toEqual({
      subject: 'CN=colorgateway',
      issuer: 'CN=colorgateway root',
      serial: 'a1b2c',
      names: ['a.example', 'spiffe://mesh/a', '10.0.0.1'],
      ...VALID,
    });
    expect(certificate).toMatchObject({ selfSigned: false, commonName: 'colorgateway' });
  });

  it('is told from its root', () => {
    expect(parseCertificates(pki.gateway.root.certificatePem, 'the secret')[0]?.selfSigned).toBe(true);
  });

  it('counts once, however often it stands there', () => {
    const twice = parseCertificates(pki.gateway.leaf.certificatePem.repeat(2) + pki.gateway.root.certificatePem, 'the secret');
    expect(unique(twice)).toHaveLength(2);
  });

  it('that cannot be read is named by its place', async () => {
    const other = await createSide('other');
    const cut = other.leaf.certificatePem.split('\n').toSpliced(2, 1).join('\n');
    expect(() => parseCertificates(pki.gateway.leaf.certificatePem + cut, 'the chain')).toThrow(expect.objectContaining({ code: 'certificate-unreadable', message: expect.stringContaining('certificate 2 of 2 in the chain') as string }) as Error);
  });
});
