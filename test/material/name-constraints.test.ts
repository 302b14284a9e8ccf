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
});
