// @ts-check
/** Finds what knows the platforms' own formats, for `npm run test:platforms`: botocore, kubernetes-validate, cfn-lint. */
import { fileURLToPath } from 'node:url';
import { findPackages } from './python-packages.mjs';

const REQUIREMENTS = fileURLToPath(new URL('../test/platforms/requirements.txt', import.meta.url));
const CACHE = fileURLToPath(new URL('../.cache/platforms', import.meta.url));

/** @returns {Promise<import('./python-packages.mjs').Packages>} */
export function findPlatformTools() {
  return findPackages({ what: 'botocore, kubernetes-validate and cfn-lint', size: '250 MB on disk', requirements: REQUIREMENTS, cacheDirectory: CACHE });
}
