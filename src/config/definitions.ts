import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { AgentError } from '../errors.ts';
import type { DefinitionFile } from '../mesh/document.ts';

// YAML is taken along, so that the compiler can refuse it: a definition that is passed over in silence is a hole in the mesh
const DEFINITION = /\.(json|ya?ml)$/i;

/**
 * Reads definition files and folders (one level deep) for the compiler; each path is a layer, of which the later wins.
 * Paths appear in diagnostics as they were given.
 *
 * Synchronous: a handful of small files, read before anything else can run, and sooner than by way of the thread pool.
 */
export function readDefinitions(paths: readonly string[], directory = '.'): readonly DefinitionFile[] {
  return paths.flatMap((path, layer) => filesOf(path, directory).map((file) => ({ path: file, text: read(file, directory), layer })));
}

function filesOf(path: string, directory: string): readonly string[] {
  const entries = access(path, () => (statSync(resolve(directory, path)).isDirectory() ? readdirSync(resolve(directory, path)) : undefined));
  if (entries === undefined) return [path];
  const files = entries.filter((name) => DEFINITION.test(name) && !name.startsWith('.')).sort();
  if (files.length === 0) {
    throw new AgentError('definition-invalid', `${path} holds no definition`, { hint: 'definitions are *.json files directly in the folder' });
  }
  return files.map((name) => join(path, name));
}

function read(path: string, directory: string): string {
  return access(path, () => readFileSync(resolve(directory, path), 'utf8'));
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  ENOTDIR: 'a part of the path is not a directory',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
};

function access<T>(path: string, attempt: () => T): T {
  try {
    return attempt();
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? '';
    throw new AgentError('definition-invalid', `cannot read ${path}: ${REASONS[code] ?? code}`, { cause });
  }
}
