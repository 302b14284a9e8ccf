import { defineConfig } from 'vitest/config';

/** What container platforms and CloudFormation are told, by their own schemas: needs Python, so it stands beside `npm test`. */
export default defineConfig({
  test: {
    name: 'platforms',
    include: ['test/platforms/*.platform.ts'],
    reporters: ['default', './build/summary-reporter.mjs'],
    testTimeout: 60_000,
    hookTimeout: 300_000,
  },
});
