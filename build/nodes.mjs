// @ts-check
/**
 * `npm run test:nodes [MAJOR…] [vitest's arguments]`: build and tests on every Node this runs on, 20 22 24 26 unless majors
 * are named. Each Node comes once from its npm package into an ignored cache. The last line sums up, as everywhere:
 * N passed, N failed, N skipped.
 */
import { spawn } from 'node:child_process';
import { delimiter, dirname } from 'node:path';
import { NODES, findNode } from './node.mjs';
import { HOME } from './recipe.mjs';

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

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
