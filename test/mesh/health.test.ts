import { describe, expect, it } from 'vitest';
import { at, changed, clusterOf, colorMesh, compiled, GATEWAY, managerOf, refused, speaking, TELLER } from '../fixtures/color-mesh.ts';

const CHECK = { protocol: 'http', path: '/ping', intervalMillis: 5_000, timeoutMillis: 2_000, healthyThreshold: 2, unhealthyThreshold: 3 };
const PLACE = 'spec.listeners.0.healthCheck';

function checked(check: object): Parameters<typeof compiled>[0] {
  return changed(colorMesh('mtls'), 'mtls/colorteller.json', PLACE, check);
}

function filtersOf(output: unknown): readonly { readonly name: string }[] {
  return at(managerOf(output as Parameters<typeof managerOf>[0]), 'http_filters') as readonly { readonly name: string }[];
}

it("is done by the client's cluster as the server's definition says", async () => {
  const { [GATEWAY]: gateway } = await compiled(checked(CHECK));
  expect(clusterOf(gateway, 'cds_egress_')).toMatchObject({
    health_checks: [{ interval: '5s', timeout: '2s', healthy_threshold: 2, unhealthy_threshold: 3, http_health_check: { path: '/ping', host: 'colorteller.mtls.svc.cluster.local:15000' } }],
    ignore_health_on_host_removal: true,
  });
});

it.each([
  ['http', undefined, { http_health_check: { path: '/', host: 'colorteller.mtls.svc.cluster.local:15000' } }],
  ['http2', '/ping', { http_health_check: { path: '/ping', host: 'colorteller.mtls.svc.cluster.local:15000', codec_client_type: 'HTTP2' } }],
  ['grpc', '/ping', { grpc_health_check: {} }],
  ['tcp', '/ping', { tcp_health_check: {} }],
])('of protocol %s with path %s', async (protocol, path, form) => {
  const { [GATEWAY]: gateway } = await compiled(checked({ ...CHECK, protocol, ...(path === undefined ? { path: undefined } : { path }) }));
  expect(clusterOf(gateway, 'cds_egress_')).toMatchObject({ health_checks: [form] });
});

it("passes through the server's Envoy, which answers itself only once it stops", async () => {
  const { [TELLER]: teller } = await compiled(checked(CHECK));
  const [filter, router] = filtersOf(teller);
  expect(filter).toMatchObject({ name: 'envoy.filters.http.health_check', typed_config: { pass_through_mode: true, headers: [{ name: ':path', string_match: { exact: '/ping' } }] } });
  expect(router?.name).toBe('envoy.filters.http.router');
});

it('by gRPC has the path of its protocol; by TCP there is nothing to answer', async () => {
  const files = speaking(colorMesh('mtls'), 'grpc');
  const { [TELLER]: grpc } = await compiled(changed(files, 'mtls/colorteller.json', PLACE, { ...CHECK, protocol: 'grpc' }));
  expect(filtersOf(grpc)[0]).toMatchObject({ typed_config: { headers: [{ string_match: { exact: '/grpc.health.v1.Health/Check' } }] } });
  const { [TELLER]: tcp } = await compiled(checked({ ...CHECK, protocol: 'tcp' }));
  expect(filtersOf(tcp)).toHaveLength(1);
});

it('tells the agent how long those who check need to turn away', async () => {
  const { [TELLER]: teller, [GATEWAY]: gateway } = await compiled(checked(CHECK));
  expect(teller?.manifest.noticeMs).toBe(15_000);
  expect(gateway?.manifest).not.toHaveProperty('noticeMs');
});

it('of a gateway, which nobody inside the mesh dials, is for balancers outside', async () => {
  const { [GATEWAY]: gateway } = await compiled(changed(colorMesh('mtls'), 'mtls/colorgateway.json', PLACE, CHECK));
  expect(gateway?.manifest.noticeMs).toBe(15_000);
  expect(filtersOf(gateway).map(({ name }) => name)).toContain('envoy.filters.http.health_check');
});

describe('is refused', () => {
  it.each([
    ['another port than the listener', { port: 9901 }, 'port'],
    ['an interval below five seconds', { intervalMillis: 4_999 }, 'intervalMillis'],
    ['a threshold of one', { unhealthyThreshold: 1 }, 'unhealthyThreshold'],
    ['a path with a query', { path: '/ping?x' }, 'path'],
  ])('with %s', async (_what, change, field) => {
    expect(await refused(checked({ ...CHECK, ...change }))).toMatchObject([{ code: 'value-invalid', path: `${PLACE.replace('.0.', '[0].')}.${field}` }]);
  });
});
