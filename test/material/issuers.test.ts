import { describe, expect, it } from 'vitest';
import { type AuthorityRequest, createAuthority } from '../../src/demo/pki/authority.ts';
import { parseCertificates } from '../../src/material/certificate.ts';
import { findLeaf, orderChain } from '../../src/material/chain.ts';
import { checkIssuers } from '../../src/material/issuers.ts';
import { Extension } from '../../src/demo/pki/x509.ts';
import { NOW, VALID, issueLeaf } from '../fixtures/pki.ts';
import { der } from '../fixtures/resigned.ts';

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

  it.each<[string, Partial<AuthorityRequest>, string, string]>([
    ['is no CA', { omit: ['basicConstraints'] }, 'chain-broken', 'basicConstraints of the intermediate CN=upper: absent; an issuer needs CA:TRUE'],
    ['is for servers only', { extensions: [new Extension('2.5.29.37', false, der(0x30, der(6, Buffer.from('2b06010505070301', 'hex'))))] }, 'certificate-purpose', 'extendedKeyUsage of the intermediate CN=upper is serverAuth; used as TLS client it needs clientAuth'],
    ['demands a policy that the others lack', { extensions: [new Extension('2.5.29.36', true, der(0x30, der(0x80, [0])))] }, 'chain-broken', 'CN=upper demands a certificate policy that the whole chain has; policies found: CN=colorgateway: none; CN=lower: none; CN=upper: none'],
  ])('are refused when one %s', async (_what, upper, code, message) => {
    await expect(check(upper)).rejects.toMatchObject({ code, message });
  });

  it('need no policy where it is demanded further down than the chain reaches', async () => {
    await expect(check({ extensions: [new Extension('2.5.29.36', true, der(0x30, der(0x80, [3])))] })).resolves.toBeUndefined();
  });
});
