import { createHash } from 'node:crypto';
import type { Edge, Gateway, Graph, Node } from './graph.ts';
import type { ManifestSecret } from './manifest.ts';
import { unique } from './tls.ts';

type Kind = ManifestSecret['kind'];

/** One TLS context's need of a secret. */
interface Use {
  readonly kind: Kind;
  readonly reference: string;
  readonly role: 'client' | 'server';
  readonly names: readonly string[];
}

/** Longest readable part of a secret's name: a UUID fits. */
const SLUG_LENGTH = 40;

/**
 * SDS resource name of a reference: its last path segment made readable, and 8 hex digits of SHA-256 over
 * `KIND:REFERENCE`, which keep two references of the same ending, and the two kinds of one file, apart.
 */
export function secretName(kind: Kind, reference: string): string {
  const segment = reference.split(',')[0]?.split(/[/:]/).findLast((part) => part !== '') ?? '';
  const plain = segment.toLowerCase().replace(/\.(pem|crt|cer)$/, '').replace(/[^a-z0-9]+/g, '-');
  const slug = plain.slice(0, SLUG_LENGTH).replace(/^-+|-+$/g, '');
  const digest = createHash('sha256').update(`${kind}:${reference}`).digest('hex').slice(0, 8);
  return slug === '' ? digest : `${slug}-${digest}`;
}

/** Every secret that the endpoint's Envoy asks for, by name in byte order. */
export function secretsOf(endpoint: Node | Gateway, graph: Graph): readonly ManifestSecret[] {
  const uses = [...usesOfListener(endpoint, graph), ...edgesOf(endpoint).flatMap(usesOfEdge)];
  const names = unique(uses.map(({ kind, reference }) => secretName(kind, reference)));
  return names.flatMap((name) => merge(name, uses.filter(({ kind, reference }) => secretName(kind, reference) === name)));
}

/** The same reference in several places is one secret with several consumers. */
function merge(name: string, uses: readonly Use[]): readonly ManifestSecret[] {
  return uses.slice(0, 1).map(({ kind, reference }) => ({
    name,
    kind,
    reference,
    roles: (['client', 'server'] as const).filter((role) => uses.some((use) => use.role === role)),
    names: unique(uses.flatMap((use) => use.names)),
    consumers: uses.length,
  }));
}

/** The clusters of an endpoint: each server once, however many routes lead to it, by name in byte order. */
export function edgesOf(endpoint: Node | Gateway): readonly Edge[] {
  if (endpoint.kind === 'node') return [];
  const edges = new Set(endpoint.routes.map(({ edge }) => edge));
  return [...edges].sort((a, b) => (a.node.identity < b.node.identity ? -1 : 1));
}

function usesOfListener(endpoint: Node | Gateway, graph: Graph): readonly Use[] {
  const { tls } = endpoint;
  if (tls === undefined) return [];
  const identity: Use = { kind: 'identity', reference: tls.identity, role: 'server', names: namesOfServer(endpoint, graph) };
  return tls.clients ? [identity, { kind: 'trust', reference: tls.clients.trust, role: 'server', names: [] }] : [identity];
}

function usesOfEdge({ node, tls }: Edge): readonly Use[] {
  if (tls === undefined) return [];
  const trust: Use = { kind: 'trust', reference: tls.server.trust, role: 'client', names: [] };
  if (tls.identity === undefined) return [trust];
  // who we must be is what the servers we dial ask for
  return [trust, { kind: 'identity', reference: tls.identity, role: 'client', names: node.tls?.clients?.names ?? [] }];
}

/** Who a server must be: what its clients compare with; without clients its discovery name. A gateway's clients are unknown. */
function namesOfServer(endpoint: Node | Gateway, graph: Graph): readonly string[] {
  if (endpoint.kind === 'gateway') return [];
  const inbound = graph.gateways.flatMap(edgesOf).filter(({ node }) => node === endpoint);
  const expected = inbound.flatMap(({ tls }) => tls?.server.names ?? []);
  return expected.length > 0 ? unique(expected) : [endpoint.hostname];
}
