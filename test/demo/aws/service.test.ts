import { expect, it } from 'vitest';
import { epochSeconds } from '../../../src/demo/aws/service.ts';

it('gives timestamps in seconds, fractions kept', () => {
  expect(epochSeconds(new Date(1_500))).toBe(1.5);
});
