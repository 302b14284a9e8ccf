// @ts-check
/**
 * Finds moto, the AWS stand-in that others wrote, for `npm run test:aws`: the wheels of test/requirements.txt, fetched once
 * with pip into an ignored cache, per version of Python and of that file. As a script it prints the folder.
 */
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fetchFromPyPi, indented, printLine, run } from './pip.mjs';

const REQUIREMENTS = fileURLToPath(new URL('../test/requirements.txt', import.meta.url));
const CACHE = fileURLToPath(new URL('../.cache/moto', import.meta.url));
/** Of the pinned moto. */
const OLDEST_MINOR = 10;

/** What Python says of itself: its path behind any shim, its version, and what compiled wheels depend on. */
const INTRODUCTION = `import sys, sysconfig
print(sys.executable, *sys.version_info[:2], sys.implementation.cache_tag + '-' + sysconfig.get_platform(), sep='\\n')`;

/**
 * @typedef {object} Moto
 * @property {string} python absolute path of the interpreter
 * @property {string} directory where its packages lie: `PYTHONPATH`
 */

/**
 * @param {{ env?: NodeJS.ProcessEnv, log?: (line: string) => void, cacheDirectory?: string }} [options]
 *   `log` hears one line before anything that takes long
 * @returns {Promise<Moto>}
 * @throws {Error} worded for people, naming the ways out
 */
export async function findMoto({ env = process.env, log = printLine, cacheDirectory = CACHE } = {}) {
  const { python, tag } = await findPython(env);
  const digest = createHash('sha256').update(await readFile(REQUIREMENTS)).digest('hex').slice(0, 12);
  const directory = join(resolve(cacheDirectory), `${tag}-${digest}`);
  if (!(await isDirectory(directory))) await fetchFromPyPi({ what: 'moto', size: '115 MB on disk', requirements: REQUIREMENTS, directory, python, env, log, unfetched });
  return { python, directory };
}

/** @param {NodeJS.ProcessEnv} env */
async function findPython(env) {
  const { code, stdout, stderr } = await run('python3', ['-c', INTRODUCTION], env);
  if (code === undefined) throw unfetched('python3 is not on PATH');
  if (code !== 0) throw unfetched(`python3 does not run:\n${indented(stderr)}`);
  const [python = '', major = '', minor = '', tag = ''] = stdout.split('\n');
  if (Number(major) !== 3 || Number(minor) < OLDEST_MINOR) {
    throw unfetched(`it needs Python 3.${OLDEST_MINOR} or newer, and ${python} is ${major}.${minor}`);
  }
  return { python, tag };
}

/** @param {string} reason */
function unfetched(reason) {
  return new Error(
    [
      `no moto: ${reason}`,
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

const script = process.argv[1];
if (script?.endsWith('moto.mjs') && realpathSync(script) === fileURLToPath(import.meta.url)) {
  try {
    process.stdout.write(`${(await findMoto()).directory}\n`);
  } catch (error) {
    printLine(`error: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
