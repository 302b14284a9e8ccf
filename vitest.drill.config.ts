import { defineConfig } from 'vitest/config';

/** A year of renewals on real parts, for `npm run drill:renewal`; the gate plays it with MTLS_DRILL=short. */
export default defineConfig({
  test: {
    name: 'drill',
    include: ['test/drill/*.drill.ts'],
    globalSetup: ['./test/fixtures/real-envoy.setup.ts'],
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    reporters: ['default', './build/summary-reporter.mjs'],
  },
});
