import { quote } from './quote.ts';
import { type Kind, parseSourceOf } from './source-reference.ts';

const FORM = '{"identity:REFERENCE":"SOURCE","trust:REFERENCE":"SOURCE,SOURCE"}';

/** MTLS_SOURCES: `identity:REFERENCE` or `trust:REFERENCE` to a source, for trust to a comma-separated list of them. */
export function parseSourceMap(given: string): Readonly<Record<string, string>> {
  const entries = Object.entries(parseObject(given));
  return Object.fromEntries(entries.map(([key, value]) => [key, parseEntry(key, value)]));
}

function parseObject(given: string): object {
  let value: unknown;
  try {
    value = JSON.parse(given);
  } catch (cause) {
    throw new Error(`${quote(given)} is not JSON, expected ${FORM}`, { cause });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new Error(`${quote(given)} is not a JSON object, expected ${FORM}`);
}

function parseEntry(key: string, value: unknown): string {
  const kind = /^(identity|trust):./.exec(key)?.[1] as Kind | undefined;
  if (kind === undefined) throw new Error(`the key ${quote(key)} is neither identity:REFERENCE nor trust:REFERENCE`);
  if (typeof value !== 'string') throw new Error(`${quote(key)} has no text as its source, expected ${FORM}`);
  const sources = kind === 'trust' ? value.split(',') : [value];
  return sources.map((source) => parseSourceOf(kind, source.trim()).text).join(',');
}
