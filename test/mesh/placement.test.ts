import { describe, expect, it } from 'vitest';
import { added, at, clusterOf, colorMesh, compiled, GATEWAY, listenerOf, refused, TELLER } from '../fixtures/color-mesh.ts';

const ADDRESS = ['load_assignment', 'endpoints', 0, 'lb_endpoints', 0, 'endpoint', 'address', 'socket_address'] as const;

function placed(placement: object): ReturnType<typeof colorMesh> {
  return added(colorMesh('mtls'), { placement }, 'where.json');
}

it('binds every address and dials the discovery name where nothing else is said', async () => {
  const outputs = await compiled(colorMesh('mtls'));
  expect(listenerOf(outputs[TELLER])).toHaveProperty('address.socket_address', { address: '0.0.0.0', port_value: 15_000 });
  expect(clusterOf(outputs[GATEWAY], 'cds')).toMatchObject({ type: 'LOGICAL_DNS', dns_lookup_family: 'V4_PREFERRED' });
});

it('binds and dials what the placement says, and keeps the statistics under the port of the definition (promise 44)', async () => {
  const outputs = await compiled(placed({ [TELLER]: { app: '127.0.0.1:8080', listen: { 15000: '127.0.0.1:15432' }, reach: { 15000: '127.0.0.1:15432' } }, [GATEWAY]: { listen: { 9080: '[::1]:9081' } } }));
  expect(listenerOf(outputs[TELLER])).toMatchObject({ name: 'lds_ingress_0.0.0.0_15000', stat_prefix: '0.0.0.0_15000', address: { socket_address: { address: '127.0.0.1', port_value: 15_432 } } });
  expect(outputs[TELLER]?.manifest.listeners).toMatchObject([{ statPrefix: '0.0.0.0_15000', host: '127.0.0.1', port: 15_432 }]);
  expect(clusterOf(outputs[GATEWAY], 'cds')).toMatchObject({ name: 'cds_egress_mtls_colorteller_http_15000', type: 'STATIC' });
  expect(at(clusterOf(outputs[GATEWAY], 'cds'), ...ADDRESS)).toEqual({ address: '127.0.0.1', port_value: 15_432 });
  expect(outputs[GATEWAY]?.manifest.listeners).toMatchObject([{ host: '::1', port: 9081 }]);
});

it('dials a name as discovery does, and still expects the certificate of the discovery name', async () => {
  const outputs = await compiled(placed({ [TELLER]: { app: 'teller-app:8080', reach: { 15000: 'teller:15000' } } }));
  const cluster = clusterOf(outputs[GATEWAY], 'cds');
  expect(cluster).toMatchObject({ type: 'LOGICAL_DNS', transport_socket: { typed_config: { sni: 'colorteller.mtls.svc.cluster.local' } } });
  expect(at(cluster, ...ADDRESS)).toEqual({ address: 'teller', port_value: 15_000 });
  expect(clusterOf(outputs[TELLER], 'cds_ingress')).toMatchObject({ type: 'LOGICAL_DNS' });
});

describe('refuses', () => {
  it.each([
    ['the application on the port of envoy', { app: '127.0.0.1:15000' }, 'envoy would bind 0.0.0.0:15000, where the application listens on 127.0.0.1:15000'],
    ['both on one loopback address', { app: '127.0.0.1:8080', listen: { 15000: '127.0.0.1:8080' } }, 'envoy would bind 127.0.0.1:8080, where the application listens on 127.0.0.1:8080'],
    ['both on IPv6', { app: '[::1]:8080', listen: { 15000: '[::]:8080' } }, 'envoy would bind [::]:8080, where the application listens on [::1]:8080'],
    ['localhost under a wildcard', { app: 'localhost:15000' }, 'envoy would bind 0.0.0.0:15000, where the application listens on localhost:15000'],
  ])('%s', async (_what, placement, message) => {
    expect(await refused(placed({ [TELLER]: placement }))).toMatchObject([{ code: 'address-conflict', message, file: 'where.json', path: `placement["${TELLER}"].app` }]);
  });

  it('a node without a placement, whose application would need the port of envoy', async () => {
    const files = colorMesh('mtls').filter(({ path }) => !path.endsWith('placement.json'));
    expect(await refused(files)).toMatchObject([
      {
        code: 'address-conflict',
        path: 'spec.listeners[0].portMapping.port',
        message: 'envoy would bind 0.0.0.0:15000, where the application listens on 127.0.0.1:15000',
        hint: 'give one of them another port: {"placement": {"virtualNode/colorteller": {"app": "127.0.0.1:PORT"}}}',
      },
    ]);
  });

  it.each([
    ['an endpoint that does not exist', { 'virtualNode/colourteller': { app: '127.0.0.1:1' } }, 'name-unknown', 'placement["virtualNode/colourteller"]'],
    ['a resource that is not an endpoint', { 'mesh/mtls': {} }, 'name-unknown', 'placement["mesh/mtls"]'],
    ['a port that the definition does not have', { [TELLER]: { app: '127.0.0.1:8080', listen: { 15001: '127.0.0.1:1' } } }, 'name-unknown', `placement["${TELLER}"].listen["15001"]`],
    ['a name to bind', { [TELLER]: { app: '127.0.0.1:8080', listen: { 15000: 'localhost:15000' } } }, 'value-invalid', `placement["${TELLER}"].listen["15000"]`],
    ['an address without a port', { [TELLER]: { app: '127.0.0.1' } }, 'value-invalid', `placement["${TELLER}"].app`],
    ['a port beyond 65535', { [TELLER]: { app: '127.0.0.1:65536' } }, 'value-invalid', `placement["${TELLER}"].app`],
    ['an address that is none', { [TELLER]: { app: '127.0.0.1:8080', listen: { 15000: '127.0.0.256:1' } } }, 'value-invalid', `placement["${TELLER}"].listen["15000"]`],
    ['an application of a gateway', { [GATEWAY]: { app: '127.0.0.1:8080' } }, 'field-unknown', `placement["${GATEWAY}"].app`],
    ['an unknown field', { [TELLER]: { app: '127.0.0.1:8080', admin: '127.0.0.1:9901' } }, 'field-unknown', `placement["${TELLER}"].admin`],
  ])('%s', async (_what, placement, code, path) => {
    expect((await refused(placed(placement))).map((finding) => [finding.code, finding.path])).toEqual([[code, path]]);
  });
});
