import { defineConfig } from 'vitest/config';

/** The contract cases of test/aws-contract, for `npm run test:aws`: they need Python, so they stand beside `npm test`. */
export default defineConfig({
  test: {
    name: 'aws',
    include: ['test/aws-contract/*.contract.ts'],
    globalSetup: ['./test/aws-contract/moto.setup.ts'],
    // the files share one moto, and each case empties it
    fileParallelism: false,
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    reporters: ['default', './build/summary-reporter.mjs'],
    testTimeout: 20_000,
  },
});
