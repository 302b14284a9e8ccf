import { expect, test } from 'vitest';
import { digest } from '../../src/source/digest.ts';

test('is SHA-256 in lower-case hex', () => {
  // FIPS 180-2, appendix B.1
  expect(digest('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});
