import { describe, expect, it } from 'vitest';
import type { Output } from '../../src/mesh/compile.ts';
import { added, at, changed, clientTlsOf, clusterOf, clustersOf, colorMesh, compile, compiled, GATEWAY, listenerOf, managerOf, refused, serverTlsOf, speaking, STATES, TELLER, type State } from '../fixtures/color-mesh.ts';

const CERTIFICATE = 'arn:aws:acm:us-east-1:111122223333:certificate/11111111-2222-3333-4444-555555555555';
const AUTHORITY = 'arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/66666666-7777-8888-9999-000000000000';
const CHAIN = '/keys/colorgateway_cert_chain.pem';

async function both(state: State): Promise<{ gateway: Output | undefined; teller: Output | undefined }> {
  const outputs = await compiled(colorMesh(state));
  return { gateway: outputs[GATEWAY], teller: outputs[TELLER] };
}

/** The name of the endpoint's secret for a reference, as the manifest says. */
function secretOf(output: Output | undefined, kind: 'identity' | 'trust', reference: string): string | undefined {
  return output?.manifest.secrets.find((secret) => secret.kind === kind && secret.reference === reference)?.name;
}

describe('golden files', () => {
  // update with `vitest -u` and read the difference
  it.each(STATES.flatMap((state) => [GATEWAY, TELLER].map((endpoint) => [state, endpoint] as const)))('%s of %s', async (state, endpoint) => {
    const { [endpoint]: output } = await compiled(colorMesh(state));
    await expect(`${JSON.stringify(output, undefined, 2)}\n`).toMatchFileSnapshot(`golden/${state}/${endpoint.replace('/', '_')}.json`);
  });
});

describe('golden files of HTTP/2 and gRPC', () => {
  it.each((['http2', 'grpc'] as const).flatMap((protocol) => [GATEWAY, TELLER].map((endpoint) => [protocol, endpoint] as const)))('%s: %s', async (protocol, endpoint) => {
    const { [endpoint]: output } = await compiled(speaking(colorMesh('mtls'), protocol));
    await expect(`${JSON.stringify(output, undefined, 2)}\n`).toMatchFileSnapshot(`golden/${protocol}/${endpoint.replace('/', '_')}.json`);
  });
});

describe('HTTP/2 and gRPC', () => {
  it.each(['http2', 'grpc'] as const)('%s names listener, routes and clusters by its protocol, as App Mesh did', async (protocol) => {
    const { [GATEWAY]: gateway, [TELLER]: teller } = await compiled(speaking(colorMesh('mtls'), protocol));
    expect(clustersOf(gateway).map(({ name }) => name)).toEqual(['agent_sds', `cds_egress_mtls_colorteller_${protocol}_15000`]);
    expect(clustersOf(teller).map(({ name }) => name)).toEqual(['agent_sds', `cds_ingress_mtls_colorteller_${protocol}_15000`]);
    expect(at(managerOf(teller), 'route_config', 'name')).toBe(`rds_ingress_${protocol}_15000`);
  });

  it.each(['http2', 'grpc'] as const)('%s is what both ends of TLS and the application speak', async (protocol) => {
    const { [GATEWAY]: gateway, [TELLER]: teller } = await compiled(speaking(colorMesh('mtls'), protocol));
    for (const context of [clientTlsOf(gateway), serverTlsOf(teller)]) expect(at(context, 'common_tls_context', 'alpn_protocols')).toEqual(['h2']);
    for (const cluster of [clusterOf(gateway, 'cds_egress_'), clusterOf(teller, 'cds_ingress_')]) {
      expect(at(cluster, 'typed_extension_protocol_options', 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions', 'explicit_http_config')).toEqual({ http2_protocol_options: {} });
    }
  });

  it('a gRPC service is a prefix of gRPC requests, whose path stays', async () => {
    const { [GATEWAY]: gateway } = await compiled(speaking(colorMesh('mtls'), 'grpc'));
    const [route] = at(managerOf(gateway), 'route_config', 'virtual_hosts', 0, 'routes') as readonly unknown[];
    expect(at(route, 'match')).toEqual({ prefix: '/color.Color/', grpc: {} });
    expect(at(route, 'route', 'prefix_rewrite')).toBeUndefined();
  });

  it('a gRPC route by a path, two rules in one route, and TCP are refused by name', async () => {
    const grpc = speaking(colorMesh('mtls'), 'grpc');
    expect((await refused(changed(grpc, 'colorgateway-route.json', 'spec.grpcRoute.match', { prefix: '/' })))[0]).toMatchObject({ resource: 'gatewayRoute/colorgateway/colorteller' });
    expect(await refused(changed(grpc, 'colorgateway-route.json', 'spec.httpRoute', {}))).not.toEqual([]);
    expect((await refused(changed(grpc, 'mtls/colorteller.json', 'spec.listeners.0.portMapping.protocol', 'tcp')))[0]?.message).toContain('tcp');
  });
});

it('gives the same bytes in whatever order the files of a folder come', async () => {
  const files = colorMesh('mtls');
  const first = files.filter(({ layer }) => layer === 0);
  const second = files.filter(({ layer }) => layer === 1);
  const inOrder = JSON.stringify(await compile(files));
  expect(JSON.stringify(await compile([...first.toReversed(), ...second.toReversed()]))).toBe(inOrder);
  expect(JSON.stringify(await compile([...second, ...first]))).toBe(inOrder);
});

it('compiles one endpoint to what `all` gives for it', async () => {
  const { outputs } = await compile(colorMesh('mtls'), { endpoint: TELLER });
  expect(outputs).toEqual([(await compiled(colorMesh('mtls')))[TELLER]]);
});

it('refuses an endpoint that the mesh does not have and lists those it has', async () => {
  const [finding, ...more] = await refused(colorMesh('mtls'), { endpoint: 'virtualNode/colourteller' });
  expect(more).toEqual([]);
  expect(finding).toMatchObject({ severity: 'error', code: 'endpoint-unknown', file: null, line: null, hint: `it has ${GATEWAY}, ${TELLER}` });
});

it('compiles the published definitions without a warning', async () => {
  for (const state of STATES) expect((await compile(colorMesh(state))).diagnostics).toEqual([]);
});

it('reports all findings of all files in one run, by file and line, and gives no output', async () => {
  let files = changed(colorMesh('mtls'), 'mtls/colorteller.json', 'spec.listeners.0.tls.mode', 'STRIKT');
  files = changed(files, 'mtls/colorgateway.json', 'spec.listeners.0.portMapping.port', 0);
  files = changed(files, 'colorteller-service.json', 'spec.provider.virtualNode.virtualNodeName', 'colourteller');
  const findings = await refused(files);
  expect(findings.map(({ file, line, column, resource, path, code }) => [file, line, column, resource, path, code])).toEqual([
    ['mesh/color/colorteller-service.json', 7, 9, 'virtualService/colorteller.mtls.svc.cluster.local', 'spec.provider.virtualNode.virtualNodeName', 'name-unknown'],
    ['mesh/color/mtls/colorgateway.json', 8, 11, GATEWAY, 'spec.listeners[0].portMapping.port', 'value-invalid'],
    ['mesh/color/mtls/colorteller.json', 12, 11, TELLER, 'spec.listeners[0].tls.mode', 'value-invalid'],
  ]);
});

describe('the example application', () => {
  it('has exactly two endpoints, ColorGateway and ColorTeller (promise 16)', async () => {
    expect(Object.keys(await compiled(colorMesh('mtls')))).toEqual([GATEWAY, TELLER]);
  });

  it('leads a request from the gateway to the teller and from there to the application (promise 17)', async () => {
    const { gateway, teller } = await both('mtls');
    expect(clustersOf(gateway).map(({ name }) => name)).toEqual(['agent_sds', 'cds_egress_mtls_colorteller_http_15000']);
    expect(clustersOf(teller).map(({ name }) => name)).toEqual(['agent_sds', 'cds_ingress_mtls_colorteller_http_15000']);
    const address = ['load_assignment', 'endpoints', 0, 'lb_endpoints', 0, 'endpoint', 'address', 'socket_address'];
    expect(at(clusterOf(gateway, 'cds'), ...address)).toEqual({ address: 'colorteller.mtls.svc.cluster.local', port_value: 15_000 });
    expect(at(clusterOf(teller, 'cds'), ...address)).toEqual({ address: '127.0.0.1', port_value: 8080 });
  });

  it('has no application behind the gateway (promises 18 and 19)', async () => {
    const { gateway } = await both('mtls');
    expect(clusterOf(gateway, 'cds_ingress')).toBeUndefined();
    expect(at(listenerOf(gateway), 'address', 'socket_address', 'port_value')).toBe(9080);
  });

  it('makes the gateway the TLS client and the teller the TLS server (promises 20 and 22)', async () => {
    const { gateway, teller } = await both('one-way');
    expect(at(clientTlsOf(gateway), '@type')).toMatch(/UpstreamTlsContext$/);
    expect(serverTlsOf(gateway)).toBeUndefined();
    expect(at(serverTlsOf(teller), '@type')).toMatch(/DownstreamTlsContext$/);
  });

  it('speaks plaintext in the no-tls state and asks for no secret', async () => {
    const { gateway, teller } = await both('no-tls');
    expect([clientTlsOf(gateway), serverTlsOf(teller), clusterOf(gateway, 'agent_sds'), clusterOf(teller, 'agent_sds')]).toEqual([undefined, undefined, undefined, undefined]);
    expect([gateway?.manifest.secrets, teller?.manifest.secrets]).toEqual([[], []]);
    expect(teller?.manifest.listeners).toEqual([{ statPrefix: '0.0.0.0_15000', host: '127.0.0.1', port: 15_000, tls: 'none' }]);
  });
});

describe.each(['one-way', 'mtls'] as const)('TLS from the gateway to the teller, state %s', (state) => {
  it('never dials the teller in plaintext (promises 30 and 33)', async () => {
    const { gateway } = await both(state);
    expect(clientTlsOf(gateway)).toBeDefined();
    expect(clusterOf(gateway, 'cds_egress')).not.toHaveProperty('transport_socket_matches');
  });

  it('checks the certificate of the teller against the private CA that the definition names (promises 31, 32, 34 and 84)', async () => {
    const { gateway } = await both(state);
    const validation = at(clientTlsOf(gateway), 'common_tls_context', 'combined_validation_context');
    expect(at(validation, 'validation_context_sds_secret_config', 'name')).toBe(secretOf(gateway, 'trust', AUTHORITY));
    expect(at(validation, 'default_validation_context')).toEqual({
      match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact: 'colorteller.mtls.svc.cluster.local' } }],
    });
  });

  it('serves the ACM certificate that the definition names, by SDS, never from a file (promises 35, 38, 39, 40 and 88)', async () => {
    const { teller } = await both(state);
    const [config] = at(serverTlsOf(teller), 'common_tls_context', 'tls_certificate_sds_secret_configs') as readonly unknown[];
    expect(at(config, 'name')).toBe(secretOf(teller, 'identity', CERTIFICATE));
    expect(JSON.stringify(teller?.bootstrap)).not.toMatch(/filename|private_key|inline/);
  });

  it('terminates TLS on every connection of the listener (promises 36, 37 and 88)', async () => {
    const { teller } = await both(state);
    const chains = at(listenerOf(teller), 'filter_chains') as readonly unknown[];
    expect(chains).toHaveLength(1);
    expect(chains[0]).not.toHaveProperty('filter_chain_match');
    expect(listenerOf(teller)).not.toHaveProperty('listener_filters');
  });
});

describe('one-way TLS', () => {
  it('needs one CA and one end-entity certificate and no client identity (promises 26, 27, 28 and 29)', async () => {
    const { gateway, teller } = await both('one-way');
    expect(gateway?.manifest.secrets.map(({ kind, reference }) => [kind, reference])).toEqual([['trust', AUTHORITY]]);
    expect(teller?.manifest.secrets.map(({ kind, reference }) => [kind, reference])).toEqual([['identity', CERTIFICATE]]);
  });

  it('asks no client for a certificate', async () => {
    const { teller } = await both('one-way');
    expect(serverTlsOf(teller)).not.toHaveProperty('require_client_certificate');
    expect(teller?.manifest.listeners).toMatchObject([{ tls: 'one-way' }]);
    expect(managerOf(teller)).toMatchObject({ forward_client_cert_details: 'SANITIZE' });
    expect(managerOf(teller)).not.toHaveProperty('route_config.request_headers_to_add');
  });
});

describe('mutual TLS', () => {
  it('gives the gateway the certificate whose chain file the definition names (promises 79, 80, 81 and 82)', async () => {
    const { gateway } = await both('mtls');
    const [config] = at(clientTlsOf(gateway), 'common_tls_context', 'tls_certificate_sds_secret_configs') as readonly unknown[];
    expect(at(config, 'name')).toBe(secretOf(gateway, 'identity', CHAIN));
    const documents = colorMesh('mtls').filter(({ path }) => path.endsWith('mtls/colorgateway.json'));
    expect(at(JSON.parse(documents[0]?.text ?? ''), 'spec', 'backendDefaults', 'clientPolicy', 'tls', 'certificate', 'file')).toEqual({
      certificateChain: CHAIN,
      privateKey: '/keys/colorgateway_key.pem',
    });
  });

  it('names in the file delivery the very files that the agent writes, one per secret (promise 83)', async () => {
    const { [GATEWAY]: gateway } = await compiled(colorMesh('mtls'), { delivery: 'files' });
    const paths = [...JSON.stringify(gateway?.bootstrap).matchAll(/"path_config_source":\{"path":"([^"]+)"\}/g)].map(([, path]) => path).sort();
    expect(paths).toEqual(gateway?.manifest.secrets.map(({ name }) => `/run/mtls-agent/sds/${name}.json`));
    expect(clusterOf(gateway, 'agent_sds')).toBeUndefined();
  });

  it('makes the teller require a client certificate (promise 85)', async () => {
    const { teller } = await both('mtls');
    expect(serverTlsOf(teller)).toHaveProperty('require_client_certificate', true);
    expect(teller?.manifest.listeners).toMatchObject([{ statPrefix: '0.0.0.0_15000', tls: 'mutual', identity: secretOf(teller, 'identity', CERTIFICATE) }]);
  });

  it('makes the teller check it against the chain file of the gateway and the name of the gateway (promises 86 and 87)', async () => {
    const { teller } = await both('mtls');
    const validation = at(serverTlsOf(teller), 'common_tls_context', 'combined_validation_context');
    expect(at(validation, 'validation_context_sds_secret_config', 'name')).toBe(secretOf(teller, 'trust', CHAIN));
    expect(at(validation, 'default_validation_context')).toEqual({
      match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact: 'colorgateway.mtls.svc.cluster.local' } }],
    });
  });

  it('is decided by the definitions alone: the states share everything but two files (promise 12)', () => {
    const shared = STATES.map((state) => JSON.stringify(colorMesh(state).filter(({ layer }) => layer === 0)));
    expect(new Set(shared).size).toBe(1);
    for (const state of STATES) expect(colorMesh(state).filter(({ layer }) => layer === 1).map(({ path }) => path)).toEqual([`mesh/color/${state}/colorgateway.json`, `mesh/color/${state}/colorteller.json`]);
  });
});

it('refuses a mesh that is not defined and one that is defined twice', async () => {
  const without = await refused(colorMesh('mtls').filter(({ path }) => !path.endsWith('mesh.json')));
  expect(without.map(({ code }) => code)).toEqual(['mesh-missing']);
  const twice = await refused(added(colorMesh('mtls'), { meshName: 'other' }));
  expect(twice.map(({ code, path }) => [code, path])).toEqual([['mesh-ambiguous', 'meshName']]);
});

it('refuses a mesh without endpoints and no input at all', async () => {
  expect((await refused([{ path: 'mesh.json', text: '{"meshName": "m"}' }])).map(({ code }) => code)).toEqual(['endpoint-missing']);
  expect((await refused([])).map(({ code }) => code)).toEqual(['mesh-missing']);
});
