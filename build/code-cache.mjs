// @ts-check
/**
 * Makes V8's code caches for the bundles, which the loader reads: runs the agent once, complete, under the very Node that
 * runs the build. A cache is for this version of Node, this processor and the flags of today's V8: none are given.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { HOME, RECIPE } from './recipe.mjs';

/** A boot takes a quarter of a second. */
const LIMIT_MS = 20_000;

/** @param {string} [dist] where the bundles are */
export async function makeCodeCache(dist = join(HOME, 'dist')) {
  const directory = await mkdtemp(join(tmpdir(), 'mtls-boot-'));
  try {
    await build({ ...RECIPE, entryPoints: [join(HOME, 'build/boot.mjs')], outdir: directory });
    /** @type {typeof import('./boot.mjs')} */
    const boot = createRequire(import.meta.url)(join(directory, 'boot.cjs'));
    const aws = await boot.startAws();
    await record(dist, directory, { ...aws.environment, ...aws.gateway }, boot.playEnvoy).finally(() => aws.close());
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/**
 * @param {string} dist
 * @param {string} directory
 * @param {Record<string, string>} settings
 * @param {typeof import('./boot.mjs').playEnvoy} playEnvoy
 */
async function record(dist, directory, settings, playEnvoy) {
  const envoy = join(directory, 'envoy');
  await writeFile(envoy, '#!/bin/sh\nexec sleep 60\n');
  await chmod(envoy, 0o700);
  const run = join(directory, 'run');
  const env = {
    PATH: process.env.PATH,
    ...settings,
    MTLS_MESH: ['mesh/color', 'mesh/color/mtls'].map((folder) => join(HOME, folder)).join(','),
    MTLS_DIR: run,
    MTLS_ENVOY: envoy,
    MTLS_ADMIN: '127.0.0.1:0',
    MTLS_DRAIN: '0s',
  };
  const agent = spawn(process.execPath, [fileURLToPath(new URL('recorder.cjs', import.meta.url)), join(dist, 'mtls-agent.cjs'), 'run'], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  agent.stderr.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
    log += text;
    if (log.includes('"event":"proven"')) agent.kill('SIGTERM');
  });
  const late = setTimeout(() => agent.kill('SIGKILL'), LIMIT_MS);
  const over = new AbortController();
  // if this fails, the agent tells why in its log
  playEnvoy(run, over.signal).catch(() => undefined);
  const [code] = await once(agent, 'exit');
  clearTimeout(late);
  over.abort();
  if (code !== 0) throw new Error(`no code cache: the agent did not boot\n${log}`);
}
