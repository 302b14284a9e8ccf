import { AgentError } from '../errors.ts';
import type { EnvoyAdmin } from './admin.ts';

/** Which run of which Envoy this is. */
export interface Incarnation {
  /**
   * When it loaded its bootstrap, in its own words to the millisecond: `2026-11-23T21:36:24.108Z`. Stays the same as
   * long as the process lives, so two readings differ only if Envoy was restarted. Uptime has seconds and needs a clock.
   */
  readonly startedAt: string;
  readonly version: { readonly major: number; readonly minor: number };
}

// the mask keeps the answer to a few lines, out of hundreds of kilobytes
const PATH = '/config_dump?mask=last_updated,bootstrap.node.user_agent_build_version.version';

interface Dump {
  readonly configs?: readonly {
    readonly '@type': string;
    readonly last_updated?: string;
    readonly bootstrap?: { readonly node?: { readonly user_agent_build_version?: { readonly version?: Partial<Record<'major_number' | 'minor_number', number>> } } };
  }[];
}

export async function readIncarnation(admin: EnvoyAdmin, signal: AbortSignal): Promise<Incarnation> {
  const text = await admin.get(PATH, signal);
  const bootstrap = parse(text).configs?.find((config) => config['@type'].endsWith('.BootstrapConfigDump'));
  if (bootstrap?.last_updated === undefined) {
    throw new AgentError('envoy-unreachable', `envoy's admin at ${admin.address} does not tell when it started: ${text.slice(0, 80)}`);
  }
  const version = bootstrap.bootstrap?.node?.user_agent_build_version?.version;
  return { startedAt: bootstrap.last_updated, version: { major: version?.major_number ?? 0, minor: version?.minor_number ?? 0 } };
}

function parse(text: string): Dump {
  try {
    return JSON.parse(text) as Dump;
  } catch {
    return {};
  }
}
