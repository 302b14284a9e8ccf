import { isIp, type Address } from './address.ts';
import type { Edge, Node } from './graph.ts';
import { activeCheck } from './health.ts';
import type { JsonObject } from './json.ts';
import type { Protocol } from './resources.ts';
import { SDS_CLUSTER, upstreamTls, type Delivery } from './transport-socket.ts';

/** App Mesh's, where Envoy's default is 5 s. */
const CONNECT_TIMEOUT = '1s';

/** App Mesh's for the application beside Envoy. */
const APP_CONNECT_TIMEOUT = '0.25s';

/** Shorter than the 300 s after which a server's listener closes an idle connection: the side that sends requests lets go first. */
const IDLE_TIMEOUT = '240s';

/** Shorter than Node.js's keep-alive of 5 s, the shortest of the usual servers: a request must not meet a closing connection. */
const APP_IDLE_TIMEOUT = '4s';

/**
 * No connection of a replaced certificate lives longer: a quarter of an hour is small against the shortest lifetimes in
 * use (hours), and one handshake per connection in that time costs nothing noticeable.
 */
export const CONNECTION_AGE = '900s';

/** App Mesh switched circuit breakers off; Envoy's default is 1024. */
const UNLIMITED = 2_147_483_647;

export function egressClusterName(mesh: string, node: Node): string {
  return `cds_egress_${mesh}_${node.name}_${node.protocol}_${node.port}`;
}

export function ingressClusterName(mesh: string, node: Node): string {
  return `cds_ingress_${mesh}_${node.name}_${node.protocol}_${node.port}`;
}

/** A client's cluster of one server. */
export function egressCluster(mesh: string, { node, tls }: Edge, delivery: Delivery): JsonObject {
  const limits = { idle_timeout: IDLE_TIMEOUT, max_connection_duration: CONNECTION_AGE };
  return {
    ...cluster({ name: egressClusterName(mesh, node), address: node.reach, protocol: node.protocol, connect_timeout: CONNECT_TIMEOUT, limits }),
    ...(tls && { transport_socket: upstreamTls(tls, node.protocol, delivery) }),
    // a host that discovery no longer names is gone, however well it answers
    ...(node.health && { health_checks: [activeCheck(node.health, `${node.hostname}:${node.port}`)], ignore_health_on_host_removal: true }),
  };
}

/** The application behind a node's Envoy. */
export function ingressCluster(mesh: string, node: Node): JsonObject {
  return cluster({ name: ingressClusterName(mesh, node), address: node.app, protocol: node.protocol, connect_timeout: APP_CONNECT_TIMEOUT, limits: { idle_timeout: APP_IDLE_TIMEOUT } });
}

interface Target {
  readonly name: string;
  readonly address: Address;
  readonly protocol: Protocol;
  readonly connect_timeout: string;
  readonly limits: JsonObject;
}

function cluster({ name, address, protocol, connect_timeout, limits }: Target): JsonObject {
  const explicit_http_config = protocol === 'http' ? { http_protocol_options: {} } : { http2_protocol_options: {} };
  return {
    name,
    ...discovery(address),
    connect_timeout,
    circuit_breakers: {
      thresholds: [{ max_connections: UNLIMITED, max_pending_requests: UNLIMITED, max_requests: UNLIMITED, max_retries: UNLIMITED }],
    },
    typed_extension_protocol_options: httpOptions({ common_http_protocol_options: limits, explicit_http_config }),
    load_assignment: assignment(name, { socket_address: { address: address.host, port_value: address.port } }),
  };
}

function discovery({ host }: Address): JsonObject {
  if (isIp(host)) return { type: 'STATIC' };
  // LOGICAL_DNS is App Mesh's LOADBALANCER, the default; IPv6 only where there is no IPv4, because a resolver that
  // answers AAAA in a network without IPv6 stalls every connection
  return { type: 'LOGICAL_DNS', dns_lookup_family: 'V4_PREFERRED' };
}

/** The agent's SDS server on its unix socket. */
export function sdsCluster(directory: string): JsonObject {
  return {
    name: SDS_CLUSTER,
    type: 'STATIC',
    connect_timeout: CONNECT_TIMEOUT,
    typed_extension_protocol_options: httpOptions({ explicit_http_config: { http2_protocol_options: {} } }),
    load_assignment: assignment(SDS_CLUSTER, { pipe: { path: `${directory}/sds.sock` } }),
  };
}

function httpOptions(options: JsonObject): JsonObject {
  const type = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
  return { [type]: { '@type': `type.googleapis.com/${type}`, ...options } };
}

function assignment(cluster_name: string, address: JsonObject): JsonObject {
  return { cluster_name, endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }] };
}
