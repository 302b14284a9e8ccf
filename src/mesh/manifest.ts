/**
 * What an endpoint's Envoy needs from the agent, as the compiler saw it. Agent, `check`, `status` and the proof read
 * this and nothing else.
 */
export interface Manifest {
  readonly mesh: string;
  /** `virtualNode/NAME` or `virtualGateway/NAME`. */
  readonly endpoint: string;
  readonly secrets: readonly ManifestSecret[];
  readonly listeners: readonly ManifestListener[];
  /** How long whoever follows the definition's health check needs to turn away from an Envoy that stops; absent without one. */
  readonly noticeMs?: number;
}

/** One SDS secret. */
export interface ManifestSecret {
  /** SDS resource name: readable slug and 8 hex digits of SHA-256 over `KIND:REFERENCE`. */
  readonly name: string;
  readonly kind: 'identity' | 'trust';
  /** ARN, or the path of the certificate chain file, as the definition spells it. */
  readonly reference: string;
  /** In which roles the endpoint uses it; an identity is rehearsed in each. */
  readonly roles: readonly ('client' | 'server')[];
  /** Names of which our own leaf must carry one; empty: any. Always empty for trust. */
  readonly names: readonly string[];
  /** How many TLS contexts (filter chains and clusters) use it: the element count that `/certs` must show. */
  readonly consumers: number;
}

/** An inbound listener. */
export interface ManifestListener {
  /** Envoy's statistics prefix without `listener.`: `0.0.0.0_15000`. */
  readonly statPrefix: string;
  /** Where it can be dialled from inside the task: host and port. */
  readonly host: string;
  readonly port: number;
  /** `none`, `one-way` (server certificate only) or `mutual` (client certificate required). */
  readonly tls: 'none' | 'one-way' | 'mutual';
  /** The identity secret it serves; absent without TLS. */
  readonly identity?: string;
}
