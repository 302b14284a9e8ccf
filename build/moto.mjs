// @ts-check
/**
 * Finds moto, the AWS stand-in that others wrote, for `npm run test:aws`: the wheels of test/requirements.txt, fetched once
 * with pip into an ignored cache, per version of Python and of that file. As a script it prints the folder.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

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
  if (!(await isDirectory(directory))) await fetchInto(directory, python, env, log);
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

/**
 * Complete or not there at all: pip works in a directory of its own, which is then renamed. When two processes fetch
 * at once, the second rename finds a full directory and yields to it. `--target` does without python3-venv.
 *
 * @param {string} directory
 * @param {string} python
 * @param {NodeJS.ProcessEnv} env
 * @param {(line: string) => void} log
 */
async function fetchInto(directory, python, env, log) {
  if ((await run(python, ['-m', 'pip', '--version'], env)).code !== 0) throw unfetched(`${python} has no pip`);
  const parent = join(directory, '..');
  await mkdir(parent, { recursive: true });
  const draft = await mkdtemp(join(parent, 'fetch-'));
  try {
    log(`fetching moto with pip (115 MB on disk, once) into ${directory}`);
    const { code, stderr } = await run(python, pipArguments(draft), env);
    if (code !== 0) throw unfetched(`pip could not fetch it:\n${indented(stderr)}`);
    // mkdtemp made it 0700; what root fetched, an ordinary user of the same clone may run
    await chmod(draft, 0o755);
    await rename(draft, directory).catch(yieldToTheFirst);
    log('fetched moto');
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
      `no moto: ${reason}`,
      'ways out:',
      `  - put a python3 of 3.${OLDEST_MINOR} or newer first on PATH`,
      '  - install pip for it (Debian, Ubuntu: apt-get install python3-pip)',
      '  - have the network up once, so that it can be fetched',
    ].join('\n'),
  );
}

/**
 * @param {string} command
 * @param {string[]} argv
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ code: number | null | undefined, stdout: string, stderr: string }>} code undefined: no such command
 */
function run(command, argv, env) {
  return new Promise((settle, fail) => {
    // a person's pip settings may forbid --target (user) or any install outside a virtual environment
    const settings = { ...env, PIP_USER: '0', PIP_REQUIRE_VIRTUALENV: '0' };
    // pip draws its progress bar on stdout, and only on a terminal; our own stdout carries nothing but the path
    const output = argv.includes('install') ? (process.stderr.isTTY ? 2 : 'ignore') : 'pipe';
    const child = spawn(command, argv, { env: settings, stdio: ['ignore', output, 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (/** @type {string} */ text) => (stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (/** @type {string} */ text) => (stderr += text));
    child.on('close', (code) => settle({ code, stdout, stderr }));
    child.on('error', (/** @type {NodeJS.ErrnoException} */ error) => {
      if (error.code === 'ENOENT') settle({ code: undefined, stdout, stderr });
      else fail(error);
    });
  });
}

/** @param {string} path */
async function isDirectory(path) {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

/** @param {string} text */
function indented(text) {
  return text.trim().replace(/^/gm, '    ');
}

/** @param {string} line */
function printLine(line) {
  process.stderr.write(`${line}\n`);
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
