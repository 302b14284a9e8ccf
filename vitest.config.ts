import { defineConfig } from 'vitest/config';

const common = {
  // the newest AWS clients announce on Node 20 that they will want Node 22 in 2027; the bundle drops that text, tests silence it
  env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  restoreMocks: true,
};

export default defineConfig({
  test: {
    // two workers: real Envoys share the machine with the tests
    maxWorkers: 2,
    reporters: ['default', './build/summary-reporter.mjs'],
    projects: [
      { test: { ...common, name: 'unit', include: ['test/**/*.test.ts'], exclude: ['test/scenario/**'], testTimeout: 20_000 } },
      {
        test: {
          ...common,
          name: 'scenario',
          include: ['test/scenario/*.test.ts'],
          globalSetup: ['./test/fixtures/real-envoy.setup.ts'],
          testTimeout: 60_000,
          // a matrix of certificates is minted and judged in a hook, by one Envoy beside a second worker's
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
