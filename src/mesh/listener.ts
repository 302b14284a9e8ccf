import { CONNECTION_AGE } from './cluster.ts';
import type { Gateway, Node } from './graph.ts';
import { healthFilter } from './health.ts';
import type { Json, JsonObject } from './json.ts';
import { gatewayRoutes, ingressRoutes } from './route.ts';
import type { ServerTls } from './tls.ts';
import { downstreamTls, type Delivery } from './transport-socket.ts';

/** App Mesh's idle timeout for HTTP. */
const IDLE_TIMEOUT = '300s';

/** Of the definition's port, whatever is bound: counters read as App Mesh's did. */
export function statPrefix({ port }: Pick<Node, 'port'>): string {
  return `0.0.0.0_${port}`;
}

export function inboundListener(mesh: string, endpoint: Node | Gateway, delivery: Delivery): JsonObject {
  const filters = [connectionManager(mesh, endpoint)];
  const { bind, tls } = endpoint;
  return {
    name: `lds_ingress_${statPrefix(endpoint)}`,
    stat_prefix: statPrefix(endpoint),
    traffic_direction: 'INBOUND',
    address: { socket_address: { address: bind.host, port_value: bind.port } },
    ...(tls?.permissive && { listener_filters: [TLS_INSPECTOR] }),
    filter_chains: tls ? tlsChains(endpoint, tls, filters, delivery) : [{ filters }],
  };
}

const TLS_INSPECTOR: JsonObject = {
  name: 'envoy.filters.listener.tls_inspector',
  typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector' },
};

/** With plaintext beside TLS the first bytes decide. */
function tlsChains({ protocol }: Node | Gateway, tls: ServerTls, filters: readonly Json[], delivery: Delivery): readonly JsonObject[] {
  const secure = { filters, transport_socket: downstreamTls(tls, protocol, delivery) };
  if (!tls.permissive) return [secure];
  return [
    { filter_chain_match: { transport_protocol: 'tls' }, ...secure },
    { filter_chain_match: { transport_protocol: 'raw_buffer' }, filters },
  ];
}

function connectionManager(mesh: string, endpoint: Node | Gateway): JsonObject {
  return {
    name: 'envoy.filters.network.http_connection_manager',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
      stat_prefix: 'ingress',
      common_http_protocol_options: { idle_timeout: IDLE_TIMEOUT, max_connection_duration: CONNECTION_AGE },
      // an aged HTTP/1 connection ends after a response that says `connection: close`, never under a request
      http1_safe_max_connection_duration: true,
      normalize_path: true,
      merge_slashes: true,
      ...(endpoint.protocol === 'http' && { upgrade_configs: [{ upgrade_type: 'websocket' }] }),
      // a gateway is the edge: what a client claims about itself in x-forwarded-for and x-envoy-* is not believed
      ...(endpoint.kind === 'gateway' && { use_remote_address: true }),
      ...clientCertificateDetails(endpoint),
      ...(endpoint.accessLog !== undefined && { access_log: [accessLog(endpoint.accessLog)] }),
      route_config: endpoint.kind === 'node' ? ingressRoutes(mesh, endpoint) : gatewayRoutes(mesh, endpoint),
      http_filters: [...(endpoint.health ? healthFilter(endpoint.health) : []), ROUTER],
    },
  };
}

/** `x-forwarded-client-cert`: what a client sends under that name is dropped, a client's certificate takes its place. */
function clientCertificateDetails({ tls }: Node | Gateway): JsonObject {
  if (!tls?.clients) return { forward_client_cert_details: 'SANITIZE' };
  return { forward_client_cert_details: 'SANITIZE_SET', set_current_client_cert_details: { subject: true, dns: true, uri: true } };
}

/**
 * `/dev/stdout` and `/dev/stderr`, App Mesh's usual paths, become Envoy's own stream loggers: a stream that is a socket,
 * as Node.js gives its children, cannot be opened by path, and Envoy would not start.
 */
function accessLog(path: string): JsonObject {
  const stream = /^\/dev\/(stdout|stderr)$/.exec(path)?.[1];
  const extension = 'type.googleapis.com/envoy.extensions.access_loggers';
  if (stream === undefined) return { name: 'envoy.access_loggers.file', typed_config: { '@type': `${extension}.file.v3.FileAccessLog`, path } };
  const message = stream === 'stdout' ? 'StdoutAccessLog' : 'StderrAccessLog';
  return { name: `envoy.access_loggers.${stream}`, typed_config: { '@type': `${extension}.stream.v3.${message}` } };
}

const ROUTER: JsonObject = {
  name: 'envoy.filters.http.router',
  typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
};
