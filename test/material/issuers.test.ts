import { describe, expect, it } from 'vitest';
import { type AuthorityRequest, createAuthority } from '../../src/demo/pki/authority.ts';
import { parseCertificates } from '../../src/material/certificate.ts';
import { findLeaf, orderChain } from '../../src/material/chain.ts';
import { checkIssuers } from '../../src/material/issuers.ts';
import { NOW, VALID, issueLeaf } from '../fixtures/pki.ts';

/** Root, an upper and a lower intermediate, leaf; `upper` changes one thing of the first. */
async function check(upper: Partial<AuthorityRequest>): Promise<void> {
  const root = await createAuthority({ subject: 'CN=root', ...VALID });
  const first = await createAuthority({ subject: 'CN=upper', issuer: root, ...VALID, ...upper });
  const second = await createAuthority({ subject: 'CN=lower', issuer: first, ...VALID });
  const leaf = await issueLeaf(second, 'colorgateway');
  const certificates = parseCertificates(leaf.certificatePem + leaf.chainPem, 'the chain');
  checkIssuers(orderChain(findLeaf(certificates, leaf.key), certificates, NOW), ['client']);
}

describe('the issuers of a chain', () => {
  it('pass when each may issue what is below it', async () => {
    await expect(check({})).resolves.toBeUndefined();
    await expect(check({ pathLength: 1 })).resolves.toBeUndefined();
  });

  it('are refused when one has more CAs below it than it allows, with both numbers (promise 122)', async () => {
    await expect(check({ pathLength: 0 })).rejects.toMatchObject({ code: 'chain-broken', message: 'the path length of CN=upper is 0, the CAs below it are 1: CN=lower' });
  });
});
