import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { AgentError } from '../errors.ts';

/** What Envoy itself tells by the ending of a bootstrap's name, and we can read. */
const ENDINGS = ['.yaml', '.yml', '.json'];

/**
 * A user's own bootstrap, its field names in `snake_case`: Envoy takes them in `camelCase`, too. Reading it is all that is done with
 * it; whether it is valid, Envoy says.
 *
 * @throws {AgentError} `config-invalid` if it cannot be read
 */
export async function readEnvoyFile(path: string): Promise<Readonly<Record<string, unknown>>> {
  if (!ENDINGS.includes(extname(path))) {
    throw new AgentError('config-invalid', `${path} is no YAML and no JSON by its name`, { hint: `the agent reads ${ENDINGS.join(', ')}; Envoy goes by the ending, too` });
  }
  const value = snakeCase(await attempt(path));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new AgentError('config-invalid', `${path} holds no Envoy bootstrap: expected an object`);
  return value as Readonly<Record<string, unknown>>;
}

async function attempt(path: string): Promise<unknown> {
  try {
    const { parseYaml } = await import('./yaml.ts');
    return parseYaml(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new AgentError('config-invalid', `cannot read ${path}: ${cause instanceof Error ? cause.message.trim() : String(cause)}`, { cause });
  }
}

function snakeCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeCase);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [/^[a-z][A-Za-z0-9]*$/.test(key) ? key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) : key, snakeCase(inner)]));
}
