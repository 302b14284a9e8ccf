// @ts-check
/* eslint @typescript-eslint/no-require-imports: off, @typescript-eslint/no-unsafe-assignment: off -- it loads the loader, and as the loader loads */
'use strict';
/** `recorder.cjs LOADER ARGUMENTS`: the agent as its loader runs it; when it exits, leaves the code cache of every bundle. */
const { writeFileSync } = require('node:fs');

const [, , loader = '', ...args] = process.argv;
process.argv.splice(1, Infinity, loader, ...args);
/** @type {{ load: (name: string) => unknown, loaded: Map<string, { script: import('node:vm').Script, cacheFile: string }> }} */
const { load, loaded } = require(loader);
// at the end, because then the functions are in it that the boot had compiled
process.on('exit', () => {
  for (const { script, cacheFile } of loaded.values()) writeFileSync(cacheFile, script.createCachedData());
});
load('./agent.cjs');
