import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Config } from '../config/config.ts';
import { AgentError } from '../errors.ts';
import type { Manifest } from '../mesh/manifest.ts';
import { inspectDirectory } from '../sink/directory.ts';
import { type Finding, failed, ok } from './finding.ts';

/** Looks at MTLS_DIR without making it: what is there must be right, what is not must be possible to make. */
export async function checkDirectory({ directory, delivery, allowDisk }: Config, { secrets }: Manifest, uid: number): Promise<Finding> {
  try {
    if (!(await exists(directory))) return await checkPossible(directory);
    await inspectDirectory(directory, { uid, inMemory: delivery === 'files' && !allowDisk && secrets.some(({ kind }) => kind === 'identity') });
    return ok('directory', `${directory} is ours, 0700${delivery === 'files' ? ' and in memory' : ''}`);
  } catch (thrown) {
    return failed('directory', thrown);
  }
}

async function checkPossible(directory: string): Promise<Finding> {
  let ancestor = dirname(directory);
  while (!(await exists(ancestor))) ancestor = dirname(ancestor);
  try {
    if (!(await stat(ancestor)).isDirectory()) throw new Error('no directory');
    await access(ancestor, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new AgentError('directory-unusable', `the directory ${directory} is not there and cannot be made: ${ancestor} is no directory that we may write to`, {
      hint: 'mount a tmpfs there, or set MTLS_DIR to a directory that the agent may create',
      cause,
    });
  }
  return ok('directory', `${directory} is not there yet and can be made`);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
