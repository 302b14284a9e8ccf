// @ts-check
/** `npm run build`: the agent and the demo as bundles in dist/; what a start may not need is in files of its own. */
import { chmod, copyFile, mkdir, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { makeCodeCache } from './code-cache.mjs';
import { HOME, RECIPE } from './recipe.mjs';

/**
 * Modules that are loaded on demand, by dynamic import: each becomes a bundle of its own, `aws/acm-pca.ts` aws-acm-pca.cjs.
 * What one shares with the agent is there twice, so it may hold no state and no class that is asked for by `instanceof`.
 */
const ON_DEMAND = ['admin/metrics.ts', 'admin/page.ts', 'aws/acm-pca.ts', 'aws/default-chain.ts', 'aws/secrets-manager.ts', 'aws/sqs.ts', 'config/yaml.ts', 'material/legacy-key.ts', 'mesh/position.ts', 'sds/server.ts', 'trigger/watch.ts'];

/** @param {string} module under src/ */
const bundleOf = (module) => module.replace(/\.ts$/, '').replaceAll('/', '-');

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

/**
 * No operation that is called here answers with a stream of events; its code and a checksum in need of zlib would be
 * loaded with every client. @type {import('esbuild').Plugin}
 */
const noEventStreams = {
  name: 'no-event-streams',
  setup(build) {
    build.onResolve({ filter: /^@smithy\/core\/event-streams$/ }, () => ({ path: 'event-streams', namespace: 'no-event-streams' }));
    build.onLoad({ filter: /.*/, namespace: 'no-event-streams' }, () => ({ contents: 'export const EventStreamSerde = undefined;' }));
  },
};

/** @type {import('esbuild').Plugin} */
const onDemand = {
  name: 'on-demand',
  setup(build) {
    build.onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ path, resolveDir, kind }) => {
      const module = relative(join(HOME, 'src'), join(resolveDir, path));
      return kind === 'dynamic-import' && ON_DEMAND.includes(module) ? { path: `./${bundleOf(module)}.cjs`, external: true } : undefined;
    });
  },
};

/**
 * @param {string} [outdir] emptied first
 * @returns {Promise<import('esbuild').Metafile[]>} what went into the bundles
 */
export async function bundle(outdir = join(HOME, 'dist')) {
  await rm(outdir, { recursive: true, force: true });
  await mkdir(outdir, { recursive: true });
  const recipe = { ...RECIPE, outdir };
  // Node's HTTP brings no web streams, and to ask for that global is to load them
  const lean = { ...recipe, define: { ReadableStream: 'undefined' }, plugins: [...recipe.plugins, noDefaultChain, noEventStreams], inject: [join(HOME, 'src/sds/headers.ts')] };
  const results = await Promise.all([
    build({ ...lean, plugins: [...lean.plugins, onDemand], entryPoints: { agent: 'src/main.ts' } }),
    build({ ...lean, entryPoints: entries(ON_DEMAND.filter((module) => module !== 'aws/default-chain.ts')) }),
    build({ ...recipe, entryPoints: entries(['aws/default-chain.ts']) }),
    build({ ...lean, entryPoints: { demo: 'src/demo/main.ts', janitor: 'src/demo/janitor.ts', companion: 'src/demo/companion.ts' } }),
  ]);
  const loader = join(outdir, 'mtls-agent.cjs');
  await copyFile(join(HOME, 'build/loader.cjs'), loader);
  await chmod(loader, 0o755);
  return results.map(({ metafile }) => metafile);
}

/** @param {string[]} modules */
function entries(modules) {
  return Object.fromEntries(modules.map((module) => [bundleOf(module), join('src', module)]));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await bundle();
  await makeCodeCache();
}
