import type { Document, LineCounter } from 'yaml';
import { formatPath, type Diagnostic, type Finding, type JsonPath } from './diagnostic.ts';

/**
 * Findings with line and column, sorted by file and line. The parser that keeps positions is loaded only when there is
 * a finding to place: the agent's start runs on JSON.parse alone.
 *
 * @param texts file → its text
 */
export async function placeFindings(findings: readonly Finding[], texts: ReadonlyMap<string, string>): Promise<Diagnostic[]> {
  if (findings.length === 0) return [];
  const { parseDocument, LineCounter } = await import('yaml');
  const parsed = new Map<string, { document: Document; lines: LineCounter }>();
  const source = (file: string): { document: Document; lines: LineCounter } => {
    const known = parsed.get(file);
    if (known) return known;
    const lines = new LineCounter();
    const made = { document: parseDocument(texts.get(file) ?? '', { lineCounter: lines }), lines };
    parsed.set(file, made);
    return made;
  };
  return findings.map((finding) => toDiagnostic(finding, source)).sort(byPlace);
}

function toDiagnostic(finding: Finding, source: (file: string) => { document: Document; lines: LineCounter }): Diagnostic {
  const { severity, code, place, message, hint } = finding;
  if (place === null) return { severity, code, file: null, line: null, column: null, resource: null, path: '', message, hint };
  const { document, lines } = source(place.file);
  const { line, col } = lines.linePos(place.offset ?? offsetOf(document, place.at));
  const { file, resource } = place;
  return { severity, code, file, line, column: col, resource, path: formatPath(place.at), message, hint };
}

/** Start of the innermost key or list element of `path` that exists: a missing field is shown at what lacks it. */
function offsetOf(document: Document, path: JsonPath): number {
  for (let length = path.length; length > 0; length--) {
    const offset = offsetOfKey(document, path.slice(0, length - 1), path[length - 1] ?? '');
    if (offset !== undefined) return offset;
  }
  return document.contents?.range?.[0] ?? 0;
}

/** The key says more than the value: in `"tls": {`, the column of `"tls"`. */
function offsetOfKey(document: Document, parent: JsonPath, step: string | number): number | undefined {
  const node = parent.length === 0 ? document.contents : document.getIn(parent, true);
  const items = (node as { items?: readonly unknown[] } | null | undefined)?.items ?? [];
  if (typeof step === 'number') return rangeOf(items[step]);
  const keys = items.map((item) => (item as { key?: { value?: unknown } | null }).key);
  return rangeOf(keys.find((key) => key?.value === step));
}

function rangeOf(node: unknown): number | undefined {
  return (node as { range?: readonly number[] } | undefined)?.range?.[0];
}

function byPlace(a: Diagnostic, b: Diagnostic): number {
  return compare(a.file ?? '', b.file ?? '') || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
