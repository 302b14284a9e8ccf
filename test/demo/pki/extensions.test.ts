import { beforeAll, describe, expect, it } from 'vitest';
import { EXTENSION_OIDS, extensionsOf, type ExtensionWishes } from '../../../src/demo/pki/extensions.ts';
import { generateKeyPair, type KeyPair } from '../../../src/demo/pki/key-pair.ts';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
} from '../../../src/demo/pki/x509.ts';

const PLAIN: ExtensionWishes = { names: ['a.mesh.local'], purposes: ['client'], keyUsage: ['digitalSignature'], extensions: [], omit: [] };

let subject: KeyPair;
let issuer: KeyPair;
beforeAll(async () => {
  [subject, issuer] = await Promise.all([generateKeyPair('EC_prime256v1'), generateKeyPair('EC_prime256v1')]);
});

const make = (changes: Partial<ExtensionWishes> = {}): Promise<Extension[]> => extensionsOf(subject, issuer, { ...PLAIN, ...changes });
const find = <T extends Extension>(extensions: Extension[], kind: new (...args: never[]) => T): T | undefined =>
  extensions.find((extension): extension is T => extension instanceof kind);

describe('extensionsOf', () => {
  it('makes all standard extensions, constraints and usage critical', async () => {
    const extensions = await make();
    expect(extensions.map(({ type }) => type).sort()).toEqual(Object.values(EXTENSION_OIDS).sort());
    expect(extensions.filter(({ critical }) => critical).map(({ type }) => type)).toEqual([EXTENSION_OIDS.basicConstraints, EXTENSION_OIDS.keyUsage]);
  });

  it('names the subject\'s own key and the issuer\'s', async () => {
    const extensions = await make();
    expect(find(extensions, SubjectKeyIdentifierExtension)?.keyId).toBe((await SubjectKeyIdentifierExtension.create(subject.publicKey)).keyId);
    expect(find(extensions, AuthorityKeyIdentifierExtension)?.keyId).toBe((await SubjectKeyIdentifierExtension.create(issuer.publicKey)).keyId);
  });

  it('adds usages up', async () => {
    const usages = find(await make({ keyUsage: ['digitalSignature', 'keyCertSign'] }), KeyUsagesExtension)?.usages;
    expect(usages).toBe(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyCertSign);
  });

  it('says end entity, or CA with its path length', async () => {
    expect(find(await make(), BasicConstraintsExtension)?.ca).toBe(false);
    expect(find(await make({ authority: { pathLength: 2 } }), BasicConstraintsExtension)).toMatchObject({ ca: true, pathLength: 2 });
    expect(find(await make({ authority: { pathLength: undefined } }), BasicConstraintsExtension)?.pathLength).toBeUndefined();
  });

  it('leaves out what is empty or to be omitted', async () => {
    const extensions = await make({ names: [], purposes: [], keyUsage: [], omit: ['basicConstraints', 'authorityKeyIdentifier'] });
    expect(extensions.map(({ type }) => type)).toEqual([EXTENSION_OIDS.subjectKeyIdentifier]);
  });

  it('lets a given extension take the place of the standard one', async () => {
    const uncritical = new KeyUsagesExtension(KeyUsageFlags.keyAgreement, false);
    const extensions = await make({ extensions: [uncritical] });
    expect(extensions.filter(({ type }) => type === EXTENSION_OIDS.keyUsage)).toEqual([uncritical]);
  });
});
