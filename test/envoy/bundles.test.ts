import { expect, test } from 'vitest';
import { envoyAdmin } from '../../src/envoy/admin.ts';
import { BundleWitness } from '../../src/envoy/bundles.ts';
import { startFakeAdmin } from '../fixtures/fake-admin.ts';

const never = new AbortController().signal;

/** An Envoy that says it has loaded `pem`, and has failed so often to load something. */
async function envoyWith(state: { pem: string; failures: number }) {
  const dump = (): string => JSON.stringify({ configs: [{ name: 'other', secret: { tls_certificate: {} } }, { name: 'trust', secret: { validation_context: { trusted_ca: { inline_bytes: Buffer.from(state.pem).toString('base64') } } } }] });
  return envoyAdmin((await startFakeAdmin({ 'GET /config_dump': dump, 'GET /stats': () => `sds.trust.key_rotation_failed: ${state.failures}\n` })).address);
}

test('a bundle is in force when Envoy shows its text, lists included, whatever stands before it', async () => {
  const state = { pem: 'revision 1\nanchor list-2', failures: 0 };
  const admin = await envoyWith(state);
  const witness = new BundleWitness();
  expect(await witness.complaints([{ name: 'trust', pem: 'anchor list-2' }], admin, never)).toEqual([]);
  expect(await witness.complaints([{ name: 'trust', pem: 'anchor list-3' }], admin, never)).toEqual(['trust: the bundle in envoy is not the one that was published, its revocation lists included']);
  expect(await witness.complaints([{ name: 'unknown', pem: 'anchor' }], admin, never)).toHaveLength(1);
});

test('a text that Envoy shows and could not load is not in force, until it shows what was good or something new without a failure', async () => {
  const state = { pem: 'good', failures: 3 };
  const admin = await envoyWith(state);
  const witness = new BundleWitness();
  const complaints = (pem: string) => witness.complaints([{ name: 'trust', pem }], admin, never);
  expect(await complaints('good')).toEqual([]);
  Object.assign(state, { pem: 'bad', failures: 4 });
  expect(await complaints('bad')).toEqual(['trust: envoy could not load the bundle (key_rotation_failed 3 → 4), see its log']);
  expect(await complaints('bad')).toHaveLength(1);
  state.pem = 'good';
  expect(await complaints('good')).toEqual([]);
  state.pem = 'better';
  expect(await complaints('better')).toEqual([]);
});

test('nothing is asked where no bundle has a list', async () => {
  expect(await new BundleWitness().complaints([], envoyAdmin('unix:/nonexistent'), never)).toEqual([]);
});
