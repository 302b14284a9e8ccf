import { parse } from 'yaml';

/** A YAML document, merge keys resolved; JSON is one, too. Throws what the parser throws: only who brings YAML loads it. */
export function parseYaml(text: string): unknown {
  return parse(text, { merge: true });
}
