import type { Config } from './config/config.ts';
import { resolveReferences } from './config/references.ts';
import { parseIdentity } from './material/identity.ts';
import type { Material } from './material/material.ts';
import { parseTrust } from './material/trust.ts';
import type { Manifest, ManifestSecret } from './mesh/manifest.ts';
import { type SourcePorts, openSource } from './source/open.ts';
import type { Source } from './source/source.ts';

/** A secret of the manifest and where its material comes from. */
export interface Managed {
  readonly secret: ManifestSecret;
  /** One for an identity, the members of the union for trust. */
  readonly sources: readonly Source[];
}

/** Opens the source of every secret. Throws `reference-unresolved`, or `config-invalid` where a source cannot be what it says. */
export function openManaged(config: Config, { secrets }: Manifest, { aws, env }: SourcePorts): Managed[] {
  return resolveReferences(secrets, config).map(({ secret, sources }) => {
    // MTLS_NAMES overrides what the definition expects of our own leaf
    const names = secret.kind === 'identity' && config.names.length > 0 ? config.names : secret.names;
    return { secret: { ...secret, names }, sources: sources.map((text) => openSource(secret.kind, text, { aws, env })) };
  });
}

/** What the sources hold now, as material that is valid at `now()`. Throws the AgentError of a source or of the parser. */
export async function readMaterial({ secret, sources }: Managed, now: () => Date, signal: AbortSignal): Promise<Material> {
  const fetched = await Promise.all(sources.map((source) => source.fetch(signal)));
  const [first] = fetched;
  if (secret.kind === 'trust' || first === undefined) return parseTrust(fetched, now());
  return parseIdentity(first, { roles: secret.roles, names: secret.names, now: now() });
}
