import { beforeAll, describe, expect, it } from 'vitest';
import { createAuthority } from '../../src/demo/pki/authority.ts';
import { parseCertificates } from '../../src/material/certificate.ts';
import { parseRevocationLists } from '../../src/material/crl.ts';
import { checkRevocation, uncoveredBy } from '../../src/material/revocation.ts';
import { NOW, type Pki, VALID, createPki, createRoot } from '../fixtures/pki.ts';
import { type ListWish, revocationList } from '../fixtures/revocation.ts';

const DAY_MS = 86_400_000;
let pki: Pki;
beforeAll(async () => {
  pki = await createPki();
});

const check = (pem: string, anchors: string) => checkRevocation(parseRevocationLists(pem), parseCertificates(anchors, 'the test'), NOW);
const ofGateway = (wish?: ListWish): Promise<string> => revocationList(pki.gateway.root, wish);

describe('revocation lists', () => {
  it('are taken when the anchor has signed them and they are in force', async () => {
    expect(check(await ofGateway({ revoked: ['4a'] }), pki.gateway.root.certificatePem)).toMatchObject([{ issuer: 'CN=colorgateway root', revoked: 1 }]);
  });

  it('are none where there are none', () => {
    expect(check('', pki.gateway.root.certificatePem)).toEqual([]);
  });

  it('of one issuer give way to the newest, by date and then by number', async () => {
    const lists = [await ofGateway({ number: 2 }), await ofGateway({ number: 3 }), await ofGateway({ number: 200, thisUpdate: new Date(NOW.getTime() - 2 * DAY_MS) })];
    expect(check(lists.join(''), pki.gateway.root.certificatePem)).toMatchObject([{ number: '3' }]);
  });

  it.each<[string, ListWish, string]>([
    ['is over', { nextUpdate: new Date(NOW.getTime() - 1000) }, 'crl-expired'],
    ['begins later', { thisUpdate: new Date(NOW.getTime() + 1000) }, 'crl-expired'],
    ['is a delta', { delta: true, number: 9 }, 'crl-invalid'],
  ])('one that %s is refused, for Envoy would refuse every peer by it', async (_what, wish, code) => {
    const text = await ofGateway(wish);
    expect(() => check(text, pki.gateway.root.certificatePem)).toThrow(expect.objectContaining({ code }));
  });

  it('one that is over does no harm beside a newer one of the same issuer', async () => {
    const lists = [await ofGateway({ thisUpdate: new Date(NOW.getTime() - 9 * DAY_MS), nextUpdate: new Date(NOW.getTime() - DAY_MS) }), await ofGateway({ number: 2 })];
    expect(check(lists.join(''), pki.gateway.root.certificatePem)).toMatchObject([{ number: '2' }]);
  });

  it('one that somebody else has signed under the name of the CA is refused', async () => {
    const text = await ofGateway({ signer: await createRoot('colorgateway root') });
    expect(() => check(text, pki.gateway.root.certificatePem)).toThrow(expect.objectContaining({ code: 'crl-invalid', message: expect.stringMatching(/CN=colorgateway root does not carry the signature/) as string }));
  });

  it('one of a CA that is not in the bundle is refused: nobody can tell whether it is genuine', async () => {
    const text = await ofGateway();
    expect(() => check(text, pki.teller.root.certificatePem)).toThrow(expect.objectContaining({ code: 'crl-invalid', message: expect.stringMatching(/has no issuer in the trust bundle/) as string }));
  });

  it('are wanted for every CA that issues, once there is one: Envoy would refuse all leaves of the others', async () => {
    const anchors = pki.gateway.root.certificatePem + pki.teller.root.certificatePem;
    const text = await ofGateway();
    expect(() => check(text, anchors)).toThrow(expect.objectContaining({ code: 'crl-invalid', message: expect.stringMatching(/for CN=colorgateway root and none for CN=colorteller root/) as string }));
    expect(check(text + (await revocationList(pki.teller.root)), anchors)).toHaveLength(2);
  });

  it('are not wanted for a root whose subordinate is in the bundle: the root issues no leaves', async () => {
    const root = await createRoot('a root');
    const issuing = await createAuthority({ subject: 'CN=issuing', issuer: root, ...VALID });
    expect(check(await revocationList(issuing), root.certificatePem + issuing.certificatePem)).toHaveLength(1);
    expect(uncoveredBy([], parseCertificates(root.certificatePem + issuing.certificatePem, 'the test')).map(({ subject }) => subject)).toEqual(['CN=issuing']);
  });
});
