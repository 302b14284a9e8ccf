// @ts-check
/**
 * `npm run build`: the agent and the demo as CommonJS bundles in dist/. The recipe is for a fast start: module entry
 * points (they can be tree-shaken), no dynamic import of builtins (from ESM it loads all of undici), builtins without
 * side effects, and what a start does not need in files of its own.
 */
import { rm } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Modules that are loaded on demand: each becomes dist/NAME.cjs. They import third-party packages only. */
const ON_DEMAND = ['src/material/legacy-key.ts', 'src/aws/default-chain.ts', 'src/aws/acm-pca.ts', 'src/mesh/position.ts'];

/** @type {import('esbuild').BuildOptions} */
const RECIPE = {
  bundle: true,
  platform: 'node',
  // the oldest Node of package.json's engines
  target: 'node20.19',
  format: 'cjs',
  minify: true,
  keepNames: true,
  legalComments: 'none',
  mainFields: ['module', 'main'],
  conditions: ['module', 'import'],
  supported: { 'dynamic-import': false },
  outdir: 'dist',
  outExtension: { '.js': '.cjs' },
  logLevel: 'warning',
};

/** Builtins whose exports are not used are not required at all. @type {import('esbuild').Plugin} */
const pureBuiltins = {
  name: 'pure-builtins',
  setup(build) {
    const names = new Set(builtinModules);
    build.onResolve({ filter: /^(node:)?[a-z_/0-9]+$/ }, ({ path }) => (names.has(path.replace(/^node:/, '')) ? { path, external: true, sideEffects: false } : undefined));
  },
};

/** On Node 20 the newest clients announce the end of its support at every start: our users did not choose that SDK. @type {import('esbuild').Plugin} */
const noVersionWarning = {
  name: 'no-version-warning',
  setup(build) {
    build.onLoad({ filter: /emitWarningIfUnsupportedVersion\.js$/ }, () => ({ contents: 'export const state = {}; export const emitWarningIfUnsupportedVersion = () => {};' }));
  },
};

/**
 * The clients name the full credential chain as their default, which nobody uses here: credentials are always handed
 * in, and the chain itself comes from its own file. @type {import('esbuild').Plugin}
 */
const noDefaultChain = {
  name: 'no-default-chain',
  setup(build) {
    build.onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, ({ importer }) => (importer.includes('node_modules') ? { path: 'credential-chain', namespace: 'absent' } : undefined));
    build.onLoad({ filter: /.*/, namespace: 'absent' }, () => ({ contents: 'export const defaultProvider = undefined;' }));
  },
};

/** @type {import('esbuild').Plugin} */
const onDemand = {
  name: 'on-demand',
  setup(build) {
    build.onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ path, kind }) => {
      const file = ON_DEMAND.find((entry) => kind === 'dynamic-import' && basename(entry) === basename(path));
      return file === undefined ? undefined : { path: `./${basename(file, '.ts')}.cjs`, external: true };
    });
  },
};

export async function bundle() {
  await rm('dist', { recursive: true, force: true });
  const plugins = [pureBuiltins, noVersionWarning];
  await Promise.all([
    build({ ...RECIPE, plugins: [...plugins, noDefaultChain, onDemand], entryPoints: { 'mtls-agent': 'src/main.ts' } }),
    build({ ...RECIPE, plugins: [...plugins, noDefaultChain], entryPoints: ON_DEMAND.filter((entry) => !entry.includes('default-chain')), entryNames: '[name]' }),
    build({ ...RECIPE, plugins, entryPoints: ['src/aws/default-chain.ts'], entryNames: '[name]' }),
    build({ ...RECIPE, plugins: [...plugins, noDefaultChain], entryPoints: { demo: 'src/demo/main.ts', janitor: 'src/demo/janitor.ts' } }),
  ]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle();
