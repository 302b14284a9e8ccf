import { defineConfig } from 'vitest/config';

/** On a real engine, with images that build/container.mjs has built: the suite of `npm run test:container`, or what `npm run bench:container` measures. */
export default defineConfig({
  test: {
    name: 'container',
    include: process.env['MTLS_MEASURE'] === undefined ? ['test/container/*.container.ts'] : ['test/container/*.measure.ts'],
    // one engine, one compose mesh
    fileParallelism: false,
    reporters: ['default', './build/summary-reporter.mjs'],
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
});
