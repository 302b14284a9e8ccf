import { expect, it } from 'vitest';
import { changed, colorMesh, compiled, GATEWAY, listenerOf, managerOf, TELLER } from '../fixtures/color-mesh.ts';

it('names listener, statistics and routes as App Mesh did (promise 44)', async () => {
  const outputs = await compiled(colorMesh('mtls'));
  expect(listenerOf(outputs[TELLER])).toMatchObject({ name: 'lds_ingress_0.0.0.0_15000', stat_prefix: '0.0.0.0_15000', traffic_direction: 'INBOUND' });
  expect(managerOf(outputs[TELLER])).toMatchObject({ stat_prefix: 'ingress', route_config: { name: 'rds_ingress_http_15000' } });
  expect(managerOf(outputs[GATEWAY])).toMatchObject({ route_config: { name: 'rds_ingress_http_9080' } });
});

it('ends a connection by age without cutting a request off', async () => {
  const outputs = await compiled(colorMesh('mtls'));
  for (const endpoint of [GATEWAY, TELLER]) {
    expect(managerOf(outputs[endpoint])).toMatchObject({ http1_safe_max_connection_duration: true, common_http_protocol_options: { idle_timeout: '300s', max_connection_duration: '900s' } });
  }
});

it('normalises paths and takes websockets as App Mesh did', async () => {
  expect(managerOf((await compiled(colorMesh('mtls')))[TELLER])).toMatchObject({ normalize_path: true, merge_slashes: true, upgrade_configs: [{ upgrade_type: 'websocket' }] });
});

it('believes no claim of a client about itself on a gateway', async () => {
  const outputs = await compiled(colorMesh('mtls'));
  expect(managerOf(outputs[GATEWAY])).toMatchObject({ use_remote_address: true, forward_client_cert_details: 'SANITIZE' });
  expect(managerOf(outputs[TELLER])).not.toHaveProperty('use_remote_address');
});

it.each([
  ['/var/log/access.log', { name: 'envoy.access_loggers.file', typed_config: { path: '/var/log/access.log' } }],
  ['/dev/stdout', { name: 'envoy.access_loggers.stdout' }],
  ['/dev/stderr', { name: 'envoy.access_loggers.stderr' }],
])('writes an access log to %s where the definition asks for it, and only there', async (path, logger) => {
  const outputs = await compiled(changed(colorMesh('mtls'), 'mtls/colorteller.json', 'spec.logging', { accessLog: { file: { path } } }));
  expect(managerOf(outputs[TELLER])).toMatchObject({ access_log: [logger] });
  expect(managerOf(outputs[GATEWAY])).not.toHaveProperty('access_log');
});

it('has no health check filter: a path of the application stays its own', async () => {
  const { http_filters: filters } = managerOf((await compiled(colorMesh('mtls')))[TELLER]) as { http_filters: readonly { name: string }[] };
  expect(filters.map(({ name }) => name)).toEqual(['envoy.filters.http.router']);
});
