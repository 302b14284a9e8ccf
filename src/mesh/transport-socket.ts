import type { JsonObject } from './json.ts';
import type { Protocol } from './resources.ts';
import { secretName } from './secret.ts';
import type { ClientTls, PeerCheck, ServerTls } from './tls.ts';

/** How secrets reach Envoy, and the directory of the agent's sockets and files. */
export interface Delivery {
  readonly delivery: 'sds' | 'files';
  /** MTLS_DIR, absolute. */
  readonly directory: string;
}

/** The SDS cluster. It must sort by bytes before every cluster that uses it: else their first stream fails and waits for a retry. */
export const SDS_CLUSTER = 'agent_sds';

const TLS_EXTENSION = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3';

// Envoy's default maximum is TLS 1.3 for servers but 1.2 for clients, so both ends are written down
const TLS_PARAMETERS = { tls_minimum_protocol_version: 'TLSv1_2', tls_maximum_protocol_version: 'TLSv1_3' };

export function downstreamTls(tls: ServerTls, protocol: Protocol, delivery: Delivery): JsonObject {
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: {
      '@type': `${TLS_EXTENSION}.DownstreamTlsContext`,
      common_tls_context: commonContext({ identity: tls.identity, peer: tls.clients, protocol }, delivery),
      ...(tls.clients && { require_client_certificate: true }),
      // a resumed session skips the certificate check: an expired client would still be answered
      disable_stateless_session_resumption: true,
      disable_stateful_session_resumption: true,
    },
  };
}

export function upstreamTls(tls: ClientTls, protocol: Protocol, delivery: Delivery): JsonObject {
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: {
      '@type': `${TLS_EXTENSION}.UpstreamTlsContext`,
      common_tls_context: commonContext({ identity: tls.identity, peer: tls.server, protocol }, delivery),
      sni: tls.sni,
      // no resumption from this side either: the server's certificate is checked on every connection
      max_session_keys: 0,
    },
  };
}

interface Side {
  readonly identity: string | undefined;
  readonly peer: PeerCheck | undefined;
  readonly protocol: Protocol;
}

function commonContext({ identity, peer, protocol }: Side, delivery: Delivery): JsonObject {
  return {
    tls_params: TLS_PARAMETERS,
    // a peer that is no Envoy offers HTTP/2 only where ALPN tells it to (RFC 9113 section 3.2)
    ...(protocol !== 'http' && { alpn_protocols: ['h2'] }),
    ...(identity !== undefined && { tls_certificate_sds_secret_configs: [sdsSecret(secretName('identity', identity), delivery)] }),
    ...(peer && validation(peer, delivery)),
  };
}

function validation({ trust, names }: PeerCheck, delivery: Delivery): JsonObject {
  const secret = sdsSecret(secretName('trust', trust), delivery);
  if (names.length === 0) return { validation_context_sds_secret_config: secret };
  const default_validation_context = { match_typed_subject_alt_names: names.map(sanMatcher) };
  return { combined_validation_context: { default_validation_context, validation_context_sds_secret_config: secret } };
}

/** An exact DNS matcher takes a wildcard certificate as RFC 6125 does. */
function sanMatcher(name: string): JsonObject {
  return { san_type: name.includes('://') ? 'URI' : 'DNS', matcher: { exact: name } };
}

function sdsSecret(name: string, { delivery, directory }: Delivery): JsonObject {
  const sds_config = delivery === 'sds' ? GRPC_CONFIG : { resource_api_version: 'V3', path_config_source: { path: `${directory}/sds/${name}.json` } };
  return { name, sds_config };
}

const GRPC_CONFIG: JsonObject = {
  resource_api_version: 'V3',
  // for ever: after Envoy's 15 s it would open the port without a secret and reset every connection; the agent has its own deadline
  initial_fetch_timeout: '0s',
  api_config_source: {
    api_type: 'GRPC',
    transport_api_version: 'V3',
    set_node_on_first_message_only: true,
    grpc_services: [
      {
        envoy_grpc: {
          cluster_name: SDS_CLUSTER,
          // what a server of HTTP/2 takes as a host, whatever the cluster is called
          authority: 'localhost',
          // the socket is local: a reconnect after the agent's restart should cost no noticeable time
          retry_policy: { retry_back_off: { base_interval: '0.01s', max_interval: '1s' } },
        },
      },
    ],
  },
};
