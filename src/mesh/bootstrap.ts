import { dialable } from './address.ts';
import { egressCluster, ingressCluster, sdsCluster } from './cluster.ts';
import type { Gateway, Graph, Node } from './graph.ts';
import { noticeMs } from './health.ts';
import type { JsonObject } from './json.ts';
import { inboundListener, statPrefix } from './listener.ts';
import type { Manifest, ManifestListener } from './manifest.ts';
import { edgesOf, secretName, secretsOf } from './secret.ts';
import type { Delivery } from './transport-socket.ts';

/** An endpoint's Envoy bootstrap (envoy.config.bootstrap.v3.Bootstrap as JSON). */
export function bootstrapOf(endpoint: Node | Gateway, graph: Graph, delivery: Delivery): JsonObject {
  const id = `mesh/${graph.mesh}/${endpoint.identity}`;
  const needsSds = delivery.delivery === 'sds' && secretsOf(endpoint, graph).length > 0;
  const clusters = [
    // `cds_egress_…` before `cds_ingress_…`: by name in byte order
    ...edgesOf(endpoint).map((edge) => egressCluster(graph.mesh, edge, delivery)),
    ...(endpoint.kind === 'node' ? [ingressCluster(graph.mesh, endpoint)] : []),
  ];
  return {
    // Envoy demands both for SDS; App Mesh's form, so that dashboards keep reading
    node: { id, cluster: id },
    // 0600 in decimal: the admin interface can stop Envoy and reads every configuration
    admin: { address: { pipe: { path: `${delivery.directory}/envoy-admin.sock`, mode: 384 } } },
    static_resources: {
      listeners: [inboundListener(graph.mesh, endpoint, delivery)],
      clusters: needsSds ? [sdsCluster(delivery.directory), ...clusters] : clusters,
    },
  };
}

/** What the agent must bring for that bootstrap. */
export function manifestOf(endpoint: Node | Gateway, graph: Graph): Manifest {
  const { identity, health } = endpoint;
  return { mesh: graph.mesh, endpoint: identity, secrets: secretsOf(endpoint, graph), listeners: [listenerOf(endpoint)], ...(health && { noticeMs: noticeMs(health) }) };
}

function listenerOf(endpoint: Node | Gateway): ManifestListener {
  const { host, port } = dialable(endpoint.bind);
  const { tls } = endpoint;
  if (tls === undefined) return { statPrefix: statPrefix(endpoint), host, port, tls: 'none' };
  return { statPrefix: statPrefix(endpoint), host, port, tls: tls.clients ? 'mutual' : 'one-way', identity: secretName('identity', tls.identity) };
}
