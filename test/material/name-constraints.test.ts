import { describe, expect, it } from 'vitest';
import { parseCertificates } from '../../src/material/certificate.ts';
import type { Chain } from '../../src/material/chain.ts';
import type { NameConstraints } from '../../src/material/extensions.ts';
import { checkNameConstraints } from '../../src/material/name-constraints.ts';
import { createSide } from '../fixtures/pki.ts';

/** A leaf below a root whose parsed form gets these constraints. */
async function check(names: string[], constraints: Partial<NameConstraints>): Promise<void> {
  const { leaf, root } = await createSide('colorgateway', { names });
  const [certificate, anchor] = parseCertificates(leaf.certificatePem + root.certificatePem, 'the chain');
  if (certificate === undefined || anchor === undefined) throw new Error('no chain');
  const chain: Chain = { leaf: certificate, intermediates: [], root: { ...anchor, nameConstraints: { permitted: [], excluded: [], ...constraints } } };
  checkNameConstraints(chain);
}

const dns = (base: string): { permitted: NameConstraints['permitted'] } => ({ permitted: [{ type: 'DNS', base }] });

describe('name constraints', () => {
  it.each([
    ['a.mesh.local', 'mesh.local'],
    ['mesh.local', 'mesh.local'],
    ['A.Mesh.Local', '.mesh.local'],
  ])('permit %s inside %s', async (name, base) => {
    await expect(check([name], dns(base))).resolves.toBeUndefined();
  });

  it.each([
    ['a.other.local', 'mesh.local'],
    ['notmesh.local', 'mesh.local'],
    ['mesh.local', '.mesh.local'],
  ])('refuse %s outside %s, with both sides (promise 122)', async (name, base) => {
    await expect(check([name], dns(base))).rejects.toMatchObject({
      code: 'certificate-name',
      message: expect.stringMatching(new RegExp(`names presented: ${name} .*permits DNS ${base}.*${name} is not permitted`)) as string,
    });
  });

  it('refuse what is excluded', async () => {
    await expect(check(['a.mesh.local'], { excluded: [{ type: 'DNS', base: 'mesh.local' }] })).rejects.toMatchObject({ code: 'certificate-name' });
  });

  it('do not concern names of another form', async () => {
    await expect(check(['spiffe://mesh/a'], dns('mesh.local'))).resolves.toBeUndefined();
  });

  it('refuse a wildcard that may stand for an excluded name', async () => {
    await expect(check(['*.mesh.local'], { excluded: [{ type: 'DNS', base: 'a.mesh.local' }] })).rejects.toMatchObject({ code: 'certificate-name' });
    await expect(check(['*.mesh.local'], { excluded: [{ type: 'DNS', base: 'b.a.mesh.local' }] })).resolves.toBeUndefined();
  });

  it('refuse every IP address where they speak of some: Envoy cannot compare them', async () => {
    const error = { message: expect.stringContaining('Envoy cannot compare IP addresses') as string };
    await expect(check(['10.0.0.1'], { permitted: [{ type: 'IP', base: '10.0.0.0/255.0.0.0' }] })).rejects.toMatchObject(error);
    await expect(check(['10.0.0.1'], dns('mesh.local'))).resolves.toBeUndefined();
  });

  it('are compared with the host of a URI', async () => {
    const uri = { permitted: [{ type: 'URI', base: 'mesh.local' }] } as const;
    await expect(check(['spiffe://mesh.local/a'], uri)).resolves.toBeUndefined();
    await expect(check(['spiffe://a.mesh.local/a'], uri)).rejects.toMatchObject({ code: 'certificate-name' });
    await expect(check(['urn:a'], uri)).rejects.toMatchObject({ code: 'certificate-name' });
  });

  it('leave no room for a common name that looks like a host and has no alternative name beside it', async () => {
    await expect(check([], dns('mesh.local'))).rejects.toMatchObject({ message: expect.stringContaining('common name: colorgateway') as string });
  });
});
