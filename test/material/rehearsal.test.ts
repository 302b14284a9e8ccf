import { beforeAll, describe, expect, it } from 'vitest';
import { parseCertificates } from '../../src/material/certificate.ts';
import { type Chain, findLeaf, orderChain } from '../../src/material/chain.ts';
import type { Role } from '../../src/material/material.ts';
import { rehearse } from '../../src/material/rehearsal.ts';
import { NOW, type Pki, createPki } from '../fixtures/pki.ts';

let pki: Pki;
let chain: Chain;
beforeAll(async () => {
  pki = await createPki();
  const certificates = parseCertificates(pki.gateway.leaf.certificatePem + pki.gateway.leaf.chainPem, 'the chain');
  chain = orderChain(findLeaf(certificates, pki.gateway.leaf.key), certificates, NOW);
});

describe.each<Role>(['client', 'server'])('a handshake as %s', (role) => {
  it('succeeds with what belongs together', async () => {
    await expect(rehearse(chain, chain.leaf.pem, pki.gateway.leaf.key, role)).resolves.toBeUndefined();
  });

  it('fails with the key of another certificate (promise 2)', async () => {
    await expect(rehearse(chain, chain.leaf.pem, pki.teller.leaf.key, role)).rejects.toMatchObject({ code: 'rehearsal-failed' });
  });

  it('asks a root that has name constraints, and fails where it is another one', async () => {
    const [other] = parseCertificates(pki.teller.root.certificatePem, 'the root');
    const root = { ...other!, nameConstraints: { permitted: [], excluded: [] } };
    await expect(rehearse({ ...chain, root }, chain.leaf.pem, pki.gateway.leaf.key, role)).rejects.toMatchObject({ code: 'rehearsal-failed', message: expect.stringContaining(`as ${role}`) as string });
  });

  it('ends at the leaf itself where no issuer came along', async () => {
    await expect(rehearse({ ...chain, root: undefined }, chain.leaf.pem, pki.gateway.leaf.key, role)).resolves.toBeUndefined();
  });
});
