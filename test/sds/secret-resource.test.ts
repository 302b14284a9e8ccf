import { X509Certificate, createPrivateKey } from 'node:crypto';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { beforeAll, expect, it } from 'vitest';
import { parseIdentity } from '../../src/material/identity.ts';
import type { Identity, Material, TrustBundle } from '../../src/material/material.ts';
import { parseTrust } from '../../src/material/trust.ts';
import { type DataSource, SecretSchema } from '../../src/sds/gen/secret_pb.ts';
import { SECRET_TYPE_URL, encodeSecret, wipe } from '../../src/sds/secret-resource.ts';
import { NOW, createPki, identitySecret, trustSecret } from '../fixtures/pki.ts';

let identity: Identity;
let trust: TrustBundle;
beforeAll(async () => {
  const { gateway, teller } = await createPki();
  identity = await parseIdentity({ version: 'v1', text: identitySecret(gateway.leaf) }, { roles: ['client'], names: [], now: NOW });
  trust = parseTrust([{ version: 'v1', text: trustSecret(teller.root) }], NOW);
});

const entry = (material: Material, revision = 0) => ({ version: 'x', material, revision });
const text = (source: DataSource | undefined): string => Buffer.from(source?.specifier.case === 'inlineBytes' ? source.specifier.value : '').toString();

it('carries an identity as chain and decrypted key that belong together (promise 78)', () => {
  const resource = encodeSecret('identity', entry(identity));
  expect(resource.typeUrl).toBe(SECRET_TYPE_URL);
  const secret = anyUnpack(resource, SecretSchema);
  if (secret?.type.case !== 'tlsCertificate') throw new Error('no tls_certificate');
  const { certificateChain, privateKey } = secret.type.value;
  expect(secret.name).toBe('identity');
  expect(text(certificateChain)).toBe(identity.chainPem);
  expect(new X509Certificate(text(certificateChain)).checkPrivateKey(createPrivateKey(text(privateKey)))).toBe(true);
});

it('carries trust as its anchors alone (promise 77)', () => {
  const secret = anyUnpack(encodeSecret('trust', entry(trust)), SecretSchema);
  if (secret?.type.case !== 'validationContext') throw new Error('no validation_context');
  expect(text(secret.type.value.trustedCa)).toBe(trust.pem);
});

it('changes the bytes and not the certificates of a later revision', () => {
  for (const material of [identity, trust]) {
    const [first, second] = [encodeSecret('x', entry(material)), encodeSecret('x', entry(material, 1))];
    expect(Buffer.from(first.value).equals(Buffer.from(second.value))).toBe(false);
    const secret = anyUnpack(second, SecretSchema);
    const pem = secret?.type.case === 'tlsCertificate' ? secret.type.value.certificateChain : secret?.type.case === 'validationContext' ? secret.type.value.trustedCa : undefined;
    expect(new X509Certificate(text(pem)).serialNumber).toBe(new X509Certificate(material.kind === 'identity' ? material.chainPem : material.pem).serialNumber);
  }
});

it('leaves nothing of what was sent (promise 129)', () => {
  const resource = encodeSecret('identity', entry(identity));
  wipe(resource);
  expect(resource.value.every((byte) => byte === 0)).toBe(true);
});
