#!/usr/bin/env node
// @ts-check
/* eslint @typescript-eslint/no-require-imports: off -- from ES modules Node reads every export of a builtin, which loads much that nobody uses */
'use strict';
/**
 * Becomes dist/mtls-agent.cjs: loads the agent's bundles with V8's code cache, which `npm run build` made after a complete
 * boot, so that the functions a start needs are not parsed and compiled again. Node's own compile cache holds only what is
 * compiled at loading, and its folder belongs to one user.
 *
 * V8 checks its version and its flags, yet of the source only the length: so a cache is found by the hash of its bundle.
 * One that is missing or refused costs time and nothing else (`NODE_DEBUG=mtls-agent` tells).
 */
// before the bundles, which take a tenth of a second: from here on SIGUSR1 does not open Node's inspector
process.on('SIGUSR1', () => undefined);

const { createHash } = require('node:crypto');
const { readFileSync } = require('node:fs');
const util = require('node:util');
const { Script } = require('node:vm');

const debug = util.debuglog('mtls-agent');

/** @typedef {{ script: import('node:vm').Script, cacheFile: string, module: { exports: unknown } }} Loaded */

/** Bundles by name; the build reads it to make the caches. @type {Map<string, Loaded>} */
const loaded = new Map();

/** @param {string} name of a bundle beside this file, as bundles name each other: `./agent.cjs` */
function load(name) {
  const known = loaded.get(name);
  if (known) return known.module.exports;
  const file = `${__dirname}/${name.slice(2)}`;
  const source = readFileSync(file);
  const hash = createHash('sha256').update(source).digest('hex').slice(0, 16);
  const cacheFile = `${file}.${hash}-${process.version}-${process.arch}.cache`;
  const cachedData = readCache(cacheFile);
  // a bundle is ASCII
  const script = new Script(`(function (exports, require, module, __filename, __dirname) {${source.toString('latin1')}\n})`, { filename: file, ...(cachedData && { cachedData }) });
  if (script.cachedDataRejected) debug('code cache refused: %s', cacheFile);
  const module = { exports: {} };
  loaded.set(name, { script, cacheFile, module });
  // eslint-disable-next-line @typescript-eslint/no-unsafe-assignment -- a script's value is whatever its text says: here a function
  const wrapper = /** @type {(...scope: unknown[]) => void} */ (script.runInThisContext());
  wrapper(module.exports, requireFrom, module, file, __dirname);
  return module.exports;
}

/** Builtins that a start may do without, or without until Envoy runs. */
const LATE = ['tls', 'http', 'https', 'http2', 'child_process', 'zlib'].map((name) => `node:${name}`);

/** @param {string} id @returns {unknown} */
function requireFrom(id) {
  if (id.startsWith('./')) return load(id);
  return LATE.includes(id) ? whenUsed(id) : require(id);
}

/**
 * A builtin that is loaded when an export of it is first used; bundles look an export up each time they use it.
 *
 * @param {string} id
 */
function whenUsed(id) {
  /** @returns {Record<PropertyKey, unknown>} */
  // eslint-disable-next-line @typescript-eslint/no-unsafe-return -- a module is whatever it exports
  const builtin = () => require(id);
  return new Proxy({}, { get: (_target, name) => builtin()[name], ownKeys: () => Reflect.ownKeys(builtin()) });
}

/** @param {string} file */
function readCache(file) {
  try {
    return readFileSync(file);
  } catch {
    debug('no code cache: %s', file);
    return undefined;
  }
}

if (require.main === module) load('./agent.cjs');
else module.exports = { load, loaded };
