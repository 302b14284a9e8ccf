import { AgentError } from '../errors.ts';
import type { ManifestSecret } from '../mesh/manifest.ts';
import type { Config } from './config.ts';
import { type Kind, parseSourceOf } from './source-reference.ts';

/** An SDS secret and where its material comes from: one source for an identity, the members of a union for trust. */
export interface ResolvedSecret {
  readonly secret: ManifestSecret;
  /** Source strings, never empty. */
  readonly sources: readonly string[];
}

type SourceSettings = Pick<Config, 'identity' | 'trust' | 'sources'>;

/**
 * Finds the source of every reference of an endpoint: MTLS_SOURCES first, then MTLS_IDENTITY or MTLS_TRUST if the
 * endpoint has one reference of that kind, then the reference itself if it is an ARN of a source. One
 * `reference-unresolved` lists all that have none.
 */
export function resolveReferences(secrets: readonly ManifestSecret[], settings: SourceSettings): readonly ResolvedSecret[] {
  const resolved = secrets.map((secret) => ({ secret, sources: sourcesOf(secret, secrets, settings) }));
  const missing = resolved.filter(({ sources }) => sources.length === 0).map(({ secret }) => secret);
  if (missing.length > 0) throw unresolved(missing, secrets, settings);
  return resolved;
}

function sourcesOf(secret: ManifestSecret, secrets: readonly ManifestSecret[], settings: SourceSettings): readonly string[] {
  const named = Object.hasOwn(settings.sources, keyOf(secret)) ? settings.sources[keyOf(secret)] : undefined;
  if (named !== undefined) return secret.kind === 'trust' ? named.split(',') : [named];
  const general = generalSources(secret.kind, settings);
  if (general.length > 0 && ofKind(secret.kind, secrets).length === 1) return general;
  const arns = secret.kind === 'trust' ? secret.reference.split(',') : [secret.reference];
  return arns.every((arn) => isSourceArn(secret.kind, arn)) ? arns : [];
}

function generalSources(kind: Kind, settings: SourceSettings): readonly string[] {
  if (kind === 'trust') return settings.trust;
  return settings.identity === undefined ? [] : [settings.identity];
}

function isSourceArn(kind: Kind, reference: string): boolean {
  if (!reference.startsWith('arn:')) return false;
  try {
    parseSourceOf(kind, reference);
    return true;
  } catch {
    return false;
  }
}

/** One secret per reference: the count of secrets of a kind is the count of its references. */
function ofKind(kind: Kind, secrets: readonly ManifestSecret[]): readonly ManifestSecret[] {
  return secrets.filter((secret) => secret.kind === kind);
}

function keyOf({ kind, reference }: ManifestSecret): string {
  return `${kind}:${reference}`;
}

function unresolved(missing: readonly ManifestSecret[], secrets: readonly ManifestSecret[], settings: SourceSettings): AgentError {
  const lines = missing.map((secret) => keyOf(secret));
  const message = lines.length === 1 ? `no source for ${lines[0] ?? ''}` : `no source for ${lines.length} references\n${lines.map((line) => `  ${line}`).join('\n')}`;
  return new AgentError('reference-unresolved', `${message}${explainUnused(secrets, settings)}`, { hint: suggest(missing, secrets) });
}

/** What was set and does not apply is usually what was meant. */
function explainUnused(secrets: readonly ManifestSecret[], settings: SourceSettings): string {
  const known = new Set(secrets.map((secret) => keyOf(secret)));
  const strangers = Object.keys(settings.sources).filter((key) => !known.has(key));
  const crowded = (['identity', 'trust'] as const).filter((kind) => generalSources(kind, settings).length > 0 && ofKind(kind, secrets).length > 1);
  return [
    ...strangers.map((key) => `\n  MTLS_SOURCES names ${key}, to which this endpoint does not refer`),
    ...crowded.map((kind) => `\n  ${variableOf(kind)} serves an endpoint with one reference of ${kind}, this one has ${ofKind(kind, secrets).length}`),
  ].join('');
}

function suggest(missing: readonly ManifestSecret[], secrets: readonly ManifestSecret[]): string {
  const [first] = missing;
  if (first !== undefined && missing.length === 1 && ofKind(first.kind, secrets).length === 1) return `set ${variableOf(first.kind)}=secret:NAME`;
  const entries = Object.fromEntries(missing.map((secret) => [keyOf(secret), 'secret:NAME']));
  return `set MTLS_SOURCES='${JSON.stringify(entries)}'`;
}

function variableOf(kind: Kind): string {
  return kind === 'identity' ? 'MTLS_IDENTITY' : 'MTLS_TRUST';
}
