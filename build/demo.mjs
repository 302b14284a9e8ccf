// @ts-check
/** `npm run demo`: builds, finds or fetches Envoy, then runs the demo in this process. */
import { createRequire } from 'node:module';
import { stop } from 'esbuild';
import { bundle } from './bundle.mjs';
import { findEnvoy } from './envoy.mjs';

if (!process.argv.includes('--help')) {
  process.stderr.write('… building\n');
  await bundle();
  // esbuild's own process must not outlive the build
  await stop();
  try {
    process.env['MTLS_ENVOY'] = await findEnvoy();
  } catch (error) {
    process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(69);
  }
}
createRequire(import.meta.url)('../dist/demo.cjs');
