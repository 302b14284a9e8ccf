// @ts-check
/** Finds moto, the AWS stand-in that others wrote, for `npm run test:aws`. As a script it prints the folder. */
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { printLine } from './pip.mjs';
import { findPackages } from './python-packages.mjs';

const REQUIREMENTS = fileURLToPath(new URL('../test/requirements.txt', import.meta.url));
const CACHE = fileURLToPath(new URL('../.cache/moto', import.meta.url));

/** @typedef {import('./python-packages.mjs').Packages} Moto */

/**
 * @param {{ env?: NodeJS.ProcessEnv, log?: (line: string) => void, cacheDirectory?: string }} [options]
 * @returns {Promise<Moto>}
 * @throws {Error} worded for people, naming the ways out
 */
export function findMoto({ cacheDirectory = CACHE, ...options } = {}) {
  return findPackages({ what: 'moto', size: '115 MB on disk', requirements: REQUIREMENTS, cacheDirectory, ...options });
}

const script = process.argv[1];
if (script?.endsWith('moto.mjs') && realpathSync(script) === fileURLToPath(import.meta.url)) {
  try {
    process.stdout.write(`${(await findMoto()).directory}\n`);
  } catch (error) {
    printLine(`error: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
