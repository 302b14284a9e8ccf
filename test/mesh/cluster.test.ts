import { expect, it } from 'vitest';
import { at, clusterOf, clustersOf, colorMesh, compiled, GATEWAY, STATES, TELLER } from '../fixtures/color-mesh.ts';

const OPTIONS = ['typed_extension_protocol_options', 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'] as const;

it('puts the SDS cluster first, before every cluster by bytes: else their first stream fails', async () => {
  for (const output of Object.values(await compiled(colorMesh('mtls')))) {
    const names = clustersOf(output).map(({ name }) => name);
    expect(names[0]).toBe('agent_sds');
    expect(names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))).toEqual(names);
  }
});

it('reaches the agent by HTTP/2 on its socket', async () => {
  const cluster = clusterOf((await compiled(colorMesh('mtls'), { directory: '/run/other' }))[TELLER], 'agent_sds');
  expect(at(cluster, ...OPTIONS, 'explicit_http_config')).toEqual({ http2_protocol_options: {} });
  expect(at(cluster, 'load_assignment', 'endpoints', 0, 'lb_endpoints', 0, 'endpoint', 'address')).toEqual({ pipe: { path: '/run/other/sds.sock' } });
});

it('keeps the defaults of App Mesh where those of Envoy differ: one second to connect, no circuit breakers, LOGICAL_DNS', async () => {
  const unlimited = 2_147_483_647;
  const outputs = await compiled(colorMesh('mtls'));
  const breakers = { thresholds: [{ max_connections: unlimited, max_pending_requests: unlimited, max_requests: unlimited, max_retries: unlimited }] };
  expect(clusterOf(outputs[GATEWAY], 'cds')).toMatchObject({ type: 'LOGICAL_DNS', connect_timeout: '1s', circuit_breakers: breakers });
  expect(clusterOf(outputs[TELLER], 'cds')).toMatchObject({ type: 'STATIC', connect_timeout: '0.25s', circuit_breakers: breakers });
});

it('lets go of an idle connection before its server does', async () => {
  const outputs = await compiled(colorMesh('mtls'));
  // the listener closes after 300 s, a Node.js application after 5 s
  expect(at(clusterOf(outputs[GATEWAY], 'cds'), ...OPTIONS, 'common_http_protocol_options', 'idle_timeout')).toBe('240s');
  expect(at(clusterOf(outputs[TELLER], 'cds'), ...OPTIONS, 'common_http_protocol_options', 'idle_timeout')).toBe('4s');
});

it('ends a connection by age on the client side, too, so that a replaced certificate goes out of use', async () => {
  const cluster = clusterOf((await compiled(colorMesh('mtls')))[GATEWAY], 'cds');
  expect(at(cluster, ...OPTIONS, 'common_http_protocol_options', 'max_connection_duration')).toBe('900s');
});

it('makes no health checks, which would count as handshakes', async () => {
  for (const state of STATES) {
    for (const output of Object.values(await compiled(colorMesh(state)))) expect(JSON.stringify(output.bootstrap)).not.toContain('health_check');
  }
});
