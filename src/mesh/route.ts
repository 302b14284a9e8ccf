import { egressClusterName, ingressClusterName } from './cluster.ts';
import type { Gateway, Node, Route, RouteMatch } from './graph.ts';
import type { Json, JsonObject } from './json.ts';

/** App Mesh's request timeout on every hop. */
const REQUEST_TIMEOUT = '15s';

/** App Mesh's default retry policy: twice, on a host that has not just failed, when the server did not do the work. */
const RETRY_POLICY: JsonObject = {
  retry_on: 'unavailable,connect-failure,refused-stream,retriable-status-codes,reset',
  num_retries: 2,
  retriable_status_codes: [503],
  retry_host_predicate: [
    {
      name: 'envoy.retry_host_predicates.previous_hosts',
      typed_config: { '@type': 'type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate' },
    },
  ],
  host_selection_retry_max_attempts: 5,
};

/** What the application learns of the client's certificate, as its Envoy saw it. */
const PEER_HEADERS = {
  'x-peer-serial': '%DOWNSTREAM_PEER_SERIAL%',
  'x-peer-issuer': '%DOWNSTREAM_PEER_ISSUER%',
  'x-peer-not-after': '%DOWNSTREAM_PEER_CERT_V_END%',
} as const;

/** A node's listener: everything to the application. */
export function ingressRoutes(mesh: string, node: Node): JsonObject {
  const route = { match: { prefix: '/' }, route: { cluster: ingressClusterName(mesh, node), timeout: REQUEST_TIMEOUT } };
  return routeConfiguration(node, [route]);
}

/** A gateway's listener: its gateway routes in order; what none matches is a 404. */
export function gatewayRoutes(mesh: string, gateway: Gateway): JsonObject {
  return routeConfiguration(gateway, gateway.routes.flatMap((route) => gatewayRoute(mesh, route)));
}

function routeConfiguration(endpoint: Node | Gateway, routes: readonly Json[]): JsonObject {
  return {
    name: `rds_ingress_${endpoint.protocol}_${endpoint.port}`,
    // removed before ours are added: nobody but this Envoy speaks for the peer's certificate
    request_headers_to_remove: Object.keys(PEER_HEADERS),
    ...(endpoint.tls?.clients && { request_headers_to_add: Object.entries(PEER_HEADERS).map(peerHeader) }),
    virtual_hosts: [{ name: endpoint.identity, domains: ['*'], routes }],
  };
}

function peerHeader([key, value]: readonly [string, string]): JsonObject {
  return { header: { key, value }, append_action: 'OVERWRITE_IF_EXISTS_OR_ADD' };
}

function gatewayRoute(mesh: string, { match, service, edge }: Route): readonly JsonObject[] {
  return prefixes(match).map((prefix) => ({
    match: { prefix, ...(match.kind === 'grpc' && { grpc: {} }) },
    route: {
      cluster: egressClusterName(mesh, edge.node),
      // a prefix of `/` is nothing to cut off
      ...(match.kind === 'path' && match.prefix !== '/' && { prefix_rewrite: '/' }),
      host_rewrite_literal: service,
      timeout: REQUEST_TIMEOUT,
      retry_policy: RETRY_POLICY,
    },
  }));
}

/**
 * App Mesh cuts the matched prefix off and leaves one slash: `/chapter/1` becomes `/1`. One Envoy route would make it
 * `//1`, so the prefix with a slash goes first, the bare one (`/chapter`, `/chapter?page=1`) second.
 */
function prefixes({ prefix }: RouteMatch): readonly string[] {
  return prefix.endsWith('/') ? [prefix] : [`${prefix}/`, prefix];
}
