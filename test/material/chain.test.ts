import { beforeAll, describe, expect, it } from 'vitest';
import { type Authority, createAuthority } from '../../src/demo/pki/authority.ts';
import { parseCertificates } from '../../src/material/certificate.ts';
import { type Chain, findLeaf, nameKey, orderChain } from '../../src/material/chain.ts';
import { NOW, type Pki, VALID, createPki, issueLeaf } from '../fixtures/pki.ts';

let pki: Pki;
let issuing: Authority;
beforeAll(async () => {
  pki = await createPki();
  issuing = await createAuthority({ subject: 'CN=issuing', issuer: pki.gateway.root, ...VALID });
});

async function order(chainPem: (leaf: { certificatePem: string }) => string): Promise<Chain> {
  const leaf = await issueLeaf(issuing, 'colorgateway');
  const certificates = parseCertificates(chainPem(leaf), 'the chain');
  return orderChain(findLeaf(certificates, leaf.key), certificates, NOW);
}

describe('a chain', () => {
  it('runs from the leaf to the root, whatever the order of the text (promise 121)', async () => {
    const { leaf, intermediates, root } = await order(({ certificatePem }) => pki.gateway.root.certificatePem + issuing.certificatePem + certificatePem);
    expect([leaf, ...intermediates, root].map((one) => one?.subject)).toEqual(['CN=colorgateway', 'CN=issuing', 'CN=colorgateway root']);
  });

  it('may end before a root', async () => {
    expect(await order(({ certificatePem }) => certificatePem + issuing.certificatePem)).toMatchObject({ root: undefined });
  });

  it('may not when something of another chain is left over', async () => {
    await expect(order(({ certificatePem }) => certificatePem + pki.teller.root.certificatePem)).rejects.toMatchObject({
      code: 'chain-broken',
      message: 'the chain ends at CN=colorgateway: its issuer CN=issuing is not there; left over: CN=colorteller root',
    });
  });

  it('ends before an issuer that may not issue, with its keyUsage', async () => {
    const idle = await createAuthority({ subject: 'CN=issuing', issuer: pki.gateway.root, keyPair: issuing.keyPair, keyUsage: ['cRLSign'], ...VALID });
    await expect(order(({ certificatePem }) => certificatePem + idle.certificatePem)).rejects.toMatchObject({
      message: 'the chain ends at CN=colorgateway: its issuer CN=issuing may not issue: keyUsage is cRLSign, keyCertSign is needed; left over: CN=issuing',
    });
  });

  it('has no leaf for the key of another certificate, and both are named (promise 2)', () => {
    const certificates = parseCertificates(pki.gateway.leaf.certificatePem, 'the chain');
    expect(() => findLeaf(certificates, pki.teller.leaf.key)).toThrow(expect.objectContaining({ code: 'key-mismatch', message: expect.stringContaining('EC prime256v1') as string }) as Error);
  });
});

describe('a chain with a cross-signed root', () => {
  const cross = async (changes: { notAfter?: Date } = {}): Promise<string[]> => {
    const [old, young] = [await createAuthority({ subject: 'CN=old', ...VALID }), await createAuthority({ subject: 'CN=young', ...VALID })];
    const crossed = await createAuthority({ subject: 'CN=young', issuer: old, keyPair: young.keyPair, ...VALID, ...changes });
    const leaf = await issueLeaf(young, 'colorgateway');
    const certificates = parseCertificates([leaf, young, crossed, old].map(({ certificatePem }) => certificatePem).join(''), 'the chain');
    const { intermediates, root } = orderChain(findLeaf(certificates, leaf.key), certificates, NOW);
    return [...intermediates, ...(root ? [root] : [])].map(({ subject, issuer }) => `${subject} by ${issuer}`);
  };

  it('keeps the certificate of the old root, so that peers that trust either are served (promise 121)', async () => {
    expect(await cross()).toEqual(['CN=young by CN=old', 'CN=old by CN=old']);
  });

  it('leaves it out once it is expired', async () => {
    expect(await cross({ notAfter: new Date('2026-01-01T00:00:00Z') })).toEqual(['CN=young by CN=young']);
  });
});

it('names a key by kind and size', () => {
  expect(nameKey(pki.gateway.leaf.key)).toBe('EC prime256v1');
});
