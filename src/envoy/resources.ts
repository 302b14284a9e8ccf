import { AgentError } from '../errors.ts';
import type { EnvoyAdmin } from './admin.ts';
import type { Resources } from './secret-use.ts';

interface Dump {
  readonly configs?: readonly {
    readonly static_listeners?: readonly { readonly listener?: unknown }[];
    readonly dynamic_listeners?: readonly { readonly active_state?: { readonly listener?: unknown } }[];
    readonly static_clusters?: readonly { readonly cluster?: unknown }[];
    readonly dynamic_active_clusters?: readonly { readonly cluster?: unknown }[];
  }[];
}

/**
 * The listeners and clusters that Envoy works with now, static and dynamic. The bootstrap's own section, which repeats the
 * static ones, is left out.
 *
 * @throws {AgentError} `envoy-unreachable` if its admin does not answer, or answers something else
 */
export async function readResources(admin: EnvoyAdmin, signal: AbortSignal): Promise<Resources> {
  const text = await admin.get('/config_dump', signal);
  const configs = parse(text, admin).configs ?? [];
  return {
    listeners: configs.flatMap(({ static_listeners: fixed = [], dynamic_listeners: moving = [] }) => [
      ...fixed.map(({ listener }) => listener),
      ...moving.flatMap(({ active_state: active }) => (active === undefined ? [] : [active.listener])),
    ]),
    clusters: configs.flatMap(({ static_clusters: fixed = [], dynamic_active_clusters: moving = [] }) => [...fixed, ...moving].map(({ cluster }) => cluster)),
  };
}

function parse(text: string, { address }: EnvoyAdmin): Dump {
  try {
    return JSON.parse(text) as Dump;
  } catch (cause) {
    throw new AgentError('envoy-unreachable', `envoy's admin at ${address} answers /config_dump with no JSON: ${text.slice(0, 80)}`, { cause });
  }
}
