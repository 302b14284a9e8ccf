import { expect, it } from 'vitest';
import { parseCertificates } from '../../src/material/certificate.ts';
import { createAuthority } from '../../src/demo/pki/authority.ts';
import { VALID, createPki } from '../fixtures/pki.ts';

const parse = (pem: string): ReturnType<typeof parseCertificates>[number] => {
  const [certificate] = parseCertificates(pem, 'the certificate');
  if (certificate === undefined) throw new Error('no certificate');
  return certificate;
};

it('reads usages, purposes and names of a leaf', async () => {
  const { gateway } = await createPki({ gateway: { names: ['a.example', 'spiffe://mesh/a', '10.0.0.1', 'fd00::1'] } });
  const leaf = parse(gateway.leaf.certificatePem);
  expect([...(leaf.keyUsage ?? [])]).toContain('digitalSignature');
  expect(leaf.purposes).toEqual(expect.arrayContaining(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']));
  expect(leaf.alternativeNames?.map(({ type }) => type)).toEqual(['DNS', 'URI', 'IP', 'IP']);
  expect(leaf.defect).toBeUndefined();
});

it('reads what a CA may', async () => {
  const root = parse((await createAuthority({ subject: 'CN=root', pathLength: 1, ...VALID })).certificatePem);
  expect(root.basicConstraints).toEqual({ authority: true, pathLength: 1 });
});

it('tells an extension that is not there from one that is empty', async () => {
  const { gateway } = await createPki({ gateway: { purposes: [], keyUsage: [], names: [] } });
  expect(parse(gateway.leaf.certificatePem)).toMatchObject({ purposes: undefined, keyUsage: undefined, alternativeNames: undefined });
});
