import { defineConfig } from 'vitest/config';

/** The suite on a real engine, started by `npm run test:container`, which has built the images. */
export default defineConfig({
  test: {
    name: 'container',
    include: ['test/container/*.container.ts'],
    // one engine, one compose mesh
    fileParallelism: false,
    reporters: ['default', './build/summary-reporter.mjs'],
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
});
