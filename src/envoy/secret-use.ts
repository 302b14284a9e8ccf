import type { ManifestListener } from '../mesh/manifest.ts';

/** Listeners and clusters as Envoy's JSON has them, in `snake_case`. */
export interface Resources {
  readonly listeners: readonly unknown[];
  readonly clusters: readonly unknown[];
}

export type Role = 'client' | 'server';

/** A place that asks for a secret: one per filter chain and cluster. */
export interface SecretUse {
  readonly name: string;
  readonly kind: 'identity' | 'trust';
  readonly role: Role;
  /** Of the listener or the cluster. */
  readonly owner: string;
}

/** Whether an `sds_config` leads to the agent. */
export type IsOurs = (sdsConfig: unknown) => boolean;

type Json = Readonly<Record<string, unknown>>;

/** Every use of a secret of ours by a TLS context, wherever in a transport socket the context stands. */
export function secretUses(resources: Resources, isOurs: IsOurs): readonly SecretUse[] {
  return contextsOf(resources).flatMap(({ socket, role, owner }) => usesOf(socket, isOurs).map((use) => ({ ...use, role, owner })));
}

/** Inbound TLS listeners that tell by a handshake which secret they serve: one filter chain, a fixed port, TLS 1.3 not ruled out. */
export function dialableListeners({ listeners }: Resources, isOurs: IsOurs): readonly ManifestListener[] {
  return listeners.flatMap((listener): readonly ManifestListener[] => {
    const { address, port_value: port } = objectAt(listener, 'address', 'socket_address');
    if (typeof port !== 'number' || port === 0 || typeof address !== 'string') return [];
    const host = { '0.0.0.0': '127.0.0.1', '::': '::1' }[address] ?? address;
    const statPrefix = textAt(listener, 'stat_prefix') ?? `${address}_${port}`;
    const [chain, ...others] = chainsOf(listener);
    const socket = objectAt(chain, 'transport_socket');
    const identity = usesOf(socket, isOurs).find(({ kind }) => kind === 'identity')?.name;
    const latest = find(socket, 'tls_maximum_protocol_version');
    if (identity === undefined || others.length > 0 || latest.some((version) => version !== 'TLSv1_3' && version !== 'TLS_AUTO')) return [{ statPrefix, host, port, tls: 'none' }];
    return [{ statPrefix, host, port, tls: find(socket, 'require_client_certificate').includes(true) ? 'mutual' : 'one-way', identity }];
  });
}

function contextsOf({ listeners, clusters }: Resources): { readonly socket: unknown; readonly role: Role; readonly owner: string }[] {
  const servers = listeners.flatMap((listener) => chainsOf(listener).map((chain) => ({ socket: objectAt(chain, 'transport_socket'), role: 'server' as const, owner: textAt(listener, 'name') ?? '' })));
  const clients = clusters.flatMap((cluster) => {
    const matches = arrayAt(cluster, 'transport_socket_matches').map((match) => objectAt(match, 'transport_socket'));
    return [objectAt(cluster, 'transport_socket'), ...matches].map((socket) => ({ socket, role: 'client' as const, owner: textAt(cluster, 'name') ?? '' }));
  });
  return [...servers, ...clients];
}

function chainsOf(listener: unknown): readonly unknown[] {
  const fallback = objectAt(listener, 'default_filter_chain');
  return [...arrayAt(listener, 'filter_chains'), ...(Object.keys(fallback).length > 0 ? [fallback] : [])];
}

function usesOf(socket: unknown, isOurs: IsOurs): { readonly name: string; readonly kind: SecretUse['kind'] }[] {
  const identities = find(socket, 'tls_certificate_sds_secret_configs').flat();
  const bundles = find(socket, 'validation_context_sds_secret_config');
  const named = (configs: readonly unknown[], kind: SecretUse['kind']): { name: string; kind: SecretUse['kind'] }[] =>
    configs.filter((config) => isOurs(objectAt(config, 'sds_config'))).map((config) => ({ name: textAt(config, 'name') ?? '', kind }));
  return [...named(identities, 'identity'), ...named(bundles, 'trust')];
}

/** The values of this field wherever it stands. */
function find(value: unknown, field: string): readonly unknown[] {
  if (Array.isArray(value)) return value.flatMap((item) => find(item, field));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => (key === field ? [inner] : find(inner, field)));
}

function objectAt(value: unknown, ...path: readonly string[]): Json {
  const found = path.reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), value);
  return isObject(found) ? found : {};
}

function arrayAt(value: unknown, key: string): readonly unknown[] {
  const found = isObject(value) ? value[key] : undefined;
  return Array.isArray(found) ? found : [];
}

function textAt(value: unknown, key: string): string | undefined {
  const found = isObject(value) ? value[key] : undefined;
  return typeof found === 'string' && found !== '' ? found : undefined;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
