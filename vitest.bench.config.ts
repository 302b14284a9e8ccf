import { defineConfig } from 'vitest/config';

/** Measurements that need the fixtures of the scenarios, for `npm run bench:recovery`. */
export default defineConfig({
  test: {
    name: 'bench',
    include: ['test/bench/*.measure.ts'],
    globalSetup: ['./test/fixtures/real-envoy.setup.ts'],
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    reporters: ['default', './build/summary-reporter.mjs'],
  },
});
