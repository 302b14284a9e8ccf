import { beforeAll, describe, expect, it } from 'vitest';
import { factsOf, parseCertificates, unique } from '../../src/material/certificate.ts';
import { type Pki, VALID, createPki, createSide } from '../fixtures/pki.ts';
import { extension, resign, time, type ToBeSigned } from '../fixtures/resigned.ts';

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

  it.each<[string, (parts: ToBeSigned) => void, string]>([
    ['has extensions in version 1', (parts) => void (parts.version = Buffer.alloc(0)), 'it has extensions and is of version 1; they need version 3'],
    ['says its time without seconds', (parts) => void (parts.notBefore = time('utc', '2001010000Z')), 'its validity (2001010000Z to 491231000000Z) is not written as RFC 5280 wants it'],
    ['has an extension twice', (parts) => void parts.extensions.push(parts.extensions[0]!), 'the extension 2.5.29.19 stands in it twice'],
    ['has an extension that does not decode', (parts) => void parts.extensions.push(extension('551d1e', Buffer.from([0x30, 5]))), 'its extension 2.5.29.30 cannot be read'],
  ])('that %s has a defect and is read all the same', (_what, edit, defect) => {
    const forged = resign(pki.teller.leaf.certificatePem, pki.teller.root.keyPair.key, edit);
    expect(parseCertificates(forged, 'the secret')[0]?.defect).toBe(defect);
  });
});
