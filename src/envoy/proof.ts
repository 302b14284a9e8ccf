import type { Manifest } from '../mesh/manifest.ts';
import type { TlsContext } from './certs.ts';

/** What Envoy must show of one secret. */
export interface Expected {
  /** The secret's SDS name. */
  readonly name: string;
  readonly kind: 'identity' | 'trust';
  /** How many TLS contexts use it. */
  readonly consumers: number;
  /** Serials in the form of `normalSerial`: of the leaf alone, or of every anchor in the bundle's order. */
  readonly serials: readonly string[];
  /** What this secret was before, each in the same form: no context may show it any more. */
  readonly older: readonly (readonly string[])[];
}

/** Of one secret: what was published and what was published before. */
export type Published = Pick<Expected, 'serials' | 'older'>;

/**
 * How much of a bundle `/certs` lists. Before 1.40 it is the first anchor alone: a change behind it is then
 * acknowledged, and cannot be seen.
 */
export type BundleView = 'all' | 'first';

/** The manifest's secrets that have been published; the others are not on trial yet. */
export function expectedOf(manifest: Manifest, published: ReadonlyMap<string, Published>): readonly Expected[] {
  return manifest.secrets.flatMap(({ name, kind, consumers }) => {
    const known = published.get(name);
    return known ? [{ name, kind, consumers, ...known }] : [];
  });
}

/**
 * Holds `/certs` against what was published. A secret is proven if at least as many TLS contexts show exactly it as it
 * has consumers, and none shows a predecessor. More is no harm: a draining listener keeps its context for a while.
 * A stuck context is told by its absence. Without consumers there is nothing to see, and nothing to prove.
 *
 * @returns what is wrong, with both sides, one sentence per secret; empty: proven
 */
export function unproven(expected: readonly Expected[], contexts: readonly TlsContext[], view: BundleView = 'all'): readonly string[] {
  return [...judge('identity', expected, contexts, view), ...judge('trust', expected, contexts, view)];
}

function judge(kind: Expected['kind'], expected: readonly Expected[], contexts: readonly TlsContext[], view: BundleView): readonly string[] {
  const visible = (serials: readonly string[]): string => form(view === 'all' ? serials : serials.slice(0, 1));
  const ours = expected.filter((secret) => secret.kind === kind);
  const shown = contexts.map(({ leaf = '', anchors }) => (kind === 'identity' ? leaf : form(anchors)));
  const current = new Set(ours.map(({ serials }) => visible(serials)));
  return ours.flatMap(({ name, serials, older }) => {
    const wanted = visible(serials);
    // two secrets may hold the same certificate: their consumers cannot be told apart, so they are counted together
    const needed = ours.filter((other) => visible(other.serials) === wanted).reduce((sum, { consumers }) => sum + consumers, 0);
    const seen = shown.filter((form) => form === wanted).length;
    const stale = new Set(older.map(visible).filter((form) => !current.has(form) && shown.includes(form)));
    if (seen >= needed && stale.size === 0) return [];
    const others = new Set(shown.filter((form) => form !== '' && !current.has(form) && !stale.has(form)));
    return [complaint({ name, kind, wanted, seen, needed, stale, others })];
  });
}

interface Finding {
  readonly name: string;
  readonly kind: Expected['kind'];
  readonly wanted: string;
  readonly seen: number;
  readonly needed: number;
  readonly stale: ReadonlySet<string>;
  readonly others: ReadonlySet<string>;
}

function complaint({ name, kind, wanted, seen, needed, stale, others }: Finding): string {
  const parts = [`${name}: ${seen} of ${needed} TLS contexts show ${kind === 'identity' ? 'leaf' : 'anchors'} ${wanted}`];
  if (stale.size > 0) parts.push(`some still the older ${[...stale].join(' and ')}`);
  if (others.size > 0) parts.push(`some ${[...others].join(' and ')}`);
  return parts.join(', ');
}

/** Equal sets of serials give equal text. */
function form(serials: readonly string[]): string {
  return [...new Set(serials)].sort().join('+');
}
