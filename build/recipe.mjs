// @ts-check
/**
 * How esbuild makes CommonJS that starts fast: module entry points (they can be tree-shaken), no dynamic import of builtins
 * (from ESM it loads all of undici), builtins without side effects.
 */
import { builtinModules } from 'node:module';
import { fileURLToPath } from 'node:url';

export const HOME = fileURLToPath(new URL('..', import.meta.url));

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

export const RECIPE = /** @satisfies {import('esbuild').BuildOptions} */ ({
  bundle: true,
  platform: /** @type {const} */ ('node'),
  // the oldest Node of package.json's engines
  target: 'node20.19',
  format: /** @type {const} */ ('cjs'),
  // names stay, for stack traces in reports of our own bugs; with a code cache they cost nothing
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: /** @type {const} */ ('none'),
  mainFields: ['module', 'main'],
  conditions: ['module', 'import'],
  supported: { 'dynamic-import': false },
  absWorkingDir: HOME,
  outExtension: { '.js': '.cjs' },
  metafile: /** @type {const} */ (true),
  logLevel: /** @type {const} */ ('warning'),
  plugins: [pureBuiltins, noVersionWarning],
});
