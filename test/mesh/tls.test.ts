import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../../src/mesh/diagnostic.ts';
import { at, changed, clientTlsOf, colorMesh, compile, compiled, GATEWAY, listenerOf, refused, serverTlsOf, TELLER } from '../fixtures/color-mesh.ts';

const POLICY = 'spec.backendDefaults.clientPolicy.tls';
const TLS = 'spec.listeners.0.tls';

/** The mesh of a state whose gateway and teller are changed: `{POLICY: value}`, undefined takes away. */
function mesh(state: 'no-tls' | 'one-way' | 'mtls', changes: { gateway?: Record<string, unknown>; teller?: Record<string, unknown> }): ReturnType<typeof colorMesh> {
  let files = colorMesh(state);
  for (const [path, value] of Object.entries(changes.gateway ?? {})) files = changed(files, 'colorgateway.json', path, value);
  for (const [path, value] of Object.entries(changes.teller ?? {})) files = changed(files, 'colorteller.json', path, value);
  return files;
}

function brief(diagnostics: readonly Diagnostic[]): readonly string[] {
  return diagnostics.map(({ severity, code, resource, path }) => `${severity} ${code} ${resource ?? ''} ${path}`);
}

describe('client side', () => {
  it.each([
    ['a policy that enforces by default', { [`${POLICY}.enforce`]: undefined }],
    ['a policy that does not enforce, because the server terminates TLS', { [`${POLICY}.enforce`]: false }],
    ['a policy of the port of the server', { [`${POLICY}.ports`]: [443, 15_000] }],
  ])('speaks TLS under %s', async (_what, gateway) => {
    const outputs = await compiled(mesh('one-way', { gateway }));
    expect(clientTlsOf(outputs[GATEWAY])).toHaveProperty('common_tls_context.combined_validation_context');
  });

  it('speaks plaintext to a plaintext server when TLS is not enforced', async () => {
    const outputs = await compiled(mesh('one-way', { gateway: { [`${POLICY}.enforce`]: false }, teller: { [TLS]: undefined } }));
    expect(clientTlsOf(outputs[GATEWAY])).toBeUndefined();
  });

  it('keeps TLS, and warns, when it is enforced towards a server that does not terminate it (promise 33)', async () => {
    const { outputs, diagnostics } = await compile(mesh('one-way', { teller: { [TLS]: undefined } }));
    expect(brief(diagnostics)).toEqual([`warning tls-unmet ${GATEWAY} ${POLICY}`]);
    expect(clientTlsOf(outputs.find(({ endpoint }) => endpoint === GATEWAY))).toBeDefined();
  });

  it.each([
    ['no client policy', { 'spec.backendDefaults': undefined }, 'spec'],
    ['a policy of another port only', { [`${POLICY}.ports`]: [443] }, `${POLICY}.ports`],
  ])('refuses a server whose certificate nobody checks: %s', async (_what, gateway, path) => {
    expect(brief(await refused(mesh('one-way', { gateway })))).toEqual([`error tls-unvalidated ${GATEWAY} ${path}`]);
  });

  it('expects the discovery name of the server where the policy lists no names', async () => {
    const files = mesh('one-way', { gateway: { [`${POLICY}.validation.subjectAlternativeNames`]: undefined }, teller: { 'spec.serviceDiscovery.dns.hostname': 'teller.internal' } });
    const outputs = await compiled(files);
    expect(clientTlsOf(outputs[GATEWAY])).toMatchObject({
      sni: 'teller.internal',
      common_tls_context: { combined_validation_context: { default_validation_context: { match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact: 'teller.internal' } }] } } },
    });
  });

  it('matches a name with a scheme as a URI', async () => {
    const outputs = await compiled(mesh('one-way', { gateway: { [`${POLICY}.validation.subjectAlternativeNames.match.exact`]: ['spiffe://mesh/teller', 'a.example'] } }));
    expect(at(clientTlsOf(outputs[GATEWAY]), 'common_tls_context', 'combined_validation_context', 'default_validation_context', 'match_typed_subject_alt_names')).toEqual([
      { san_type: 'DNS', matcher: { exact: 'a.example' } },
      { san_type: 'URI', matcher: { exact: 'spiffe://mesh/teller' } },
    ]);
  });

  it('refuses an end-entity certificate in the place of the CA (promise 32)', async () => {
    const arn = 'arn:aws:acm:us-east-1:111122223333:certificate/11111111-2222-3333-4444-555555555555';
    const findings = await refused(mesh('one-way', { gateway: { [`${POLICY}.validation.trust.acm.certificateAuthorityArns`]: [arn] } }));
    expect(findings).toMatchObject([{ code: 'value-invalid', path: `${POLICY}.validation.trust.acm.certificateAuthorityArns[0]` }]);
    expect(findings[0]?.hint).toContain('not a certificate it signed');
  });

  it('refuses TLS without validation', async () => {
    expect(brief(await refused(mesh('one-way', { gateway: { [`${POLICY}.validation`]: undefined } })))).toEqual([`error field-missing ${GATEWAY} ${POLICY}.validation`]);
  });

  it('refuses a name list one level too high, which App Mesh would have dropped in silence', async () => {
    const findings = await refused(mesh('one-way', { gateway: { [`${POLICY}.subjectAlternativeNames`]: { match: { exact: ['x'] } } } }));
    expect(brief(findings)).toEqual([`error field-unknown ${GATEWAY} ${POLICY}.subjectAlternativeNames`]);
  });
});

describe('server side', () => {
  it('speaks plaintext when TLS is disabled, whatever certificate is written beside it', async () => {
    const outputs = await compiled(mesh('one-way', { gateway: { 'spec.backendDefaults': undefined }, teller: { [`${TLS}.mode`]: 'DISABLED' } }));
    expect(serverTlsOf(outputs[TELLER])).toBeUndefined();
    expect(outputs[TELLER]?.manifest.secrets).toEqual([]);
  });

  it('serves plaintext and TLS on one port when it is permissive', async () => {
    const outputs = await compiled(mesh('one-way', { teller: { [`${TLS}.mode`]: 'PERMISSIVE' } }));
    const chains = at(listenerOf(outputs[TELLER]), 'filter_chains') as readonly unknown[];
    expect(chains.map((chain) => [at(chain, 'filter_chain_match', 'transport_protocol'), at(chain, 'transport_socket') !== undefined])).toEqual([
      ['tls', true],
      ['raw_buffer', false],
    ]);
    expect(listenerOf(outputs[TELLER])).toHaveProperty('listener_filters.0.name', 'envoy.filters.listener.tls_inspector');
    expect(outputs[TELLER]?.manifest).toMatchObject({ listeners: [{ tls: 'one-way' }], secrets: [{ consumers: 1 }] });
  });

  it('refuses a permissive listener that validates clients: plaintext would pass beside it', async () => {
    expect(brief(await refused(mesh('mtls', { teller: { [`${TLS}.mode`]: 'PERMISSIVE' } })))).toEqual([`error tls-permissive ${TELLER} ${TLS.replace('.0', '[0]')}.mode`]);
  });

  it('warns when any client of the CA is accepted, and then leaves the names open', async () => {
    const { outputs, diagnostics } = await compile(mesh('mtls', { teller: { [`${TLS}.validation.subjectAlternativeNames`]: undefined } }));
    expect(brief(diagnostics)).toEqual([`warning names-unchecked ${TELLER} spec.listeners[0].tls.validation`]);
    const tls = serverTlsOf(outputs.find(({ endpoint }) => endpoint === TELLER));
    expect(tls).toHaveProperty('require_client_certificate', true);
    expect(tls).toHaveProperty('common_tls_context.validation_context_sds_secret_config');
    expect(tls).not.toHaveProperty('common_tls_context.combined_validation_context');
  });

  it('refuses a private CA as trust of a listener, which App Mesh never had', async () => {
    const acm = { acm: { certificateAuthorityArns: ['arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/a'] } };
    const findings = await refused(mesh('mtls', { teller: { [`${TLS}.validation.trust`]: acm } }));
    expect(brief(findings)).toEqual([`error field-unknown ${TELLER} spec.listeners[0].tls.validation.trust.acm`]);
  });

  it('terminates TLS on a gateway, too', async () => {
    const tls = { mode: 'STRICT', certificate: { file: { certificateChain: '/keys/edge.pem', privateKey: '/keys/edge.key' } } };
    const outputs = await compiled(mesh('mtls', { gateway: { [TLS]: tls } }));
    expect(serverTlsOf(outputs[GATEWAY])).toBeDefined();
    expect(outputs[GATEWAY]?.manifest.secrets.find(({ reference }) => reference === '/keys/edge.pem')).toMatchObject({ kind: 'identity', roles: ['server'], names: [] });
  });
});

describe('key files', () => {
  const served = (privateKey: string): Record<string, unknown> => ({
    [TLS]: { mode: 'STRICT', certificate: { file: { certificateChain: '/keys/colorgateway_cert_chain.pem', privateKey } } },
  });

  it('refuses one chain with two keys', async () => {
    const findings = await refused(mesh('mtls', { gateway: served('/keys/other.pem') }));
    expect(brief(findings)).toEqual([`error key-conflict ${GATEWAY} ${POLICY}.certificate.file.privateKey`]);
  });

  it('takes one pair in both roles as one secret with two consumers', async () => {
    const outputs = await compiled(mesh('mtls', { gateway: served('/keys/colorgateway_key.pem') }));
    expect(outputs[GATEWAY]?.manifest.secrets.find(({ kind }) => kind === 'identity')).toMatchObject({ roles: ['client', 'server'], consumers: 2 });
  });
});
