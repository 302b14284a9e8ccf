import { expect, it } from 'vitest';
import { arnOf, resourceId, secretSuffix } from '../../../src/demo/aws/arn.ts';

const last = (bound: number): number => bound - 1;

it('writes ARNs of the site', () => {
  expect(arnOf({ region: 'eu-central-1', account: '123456789012' }, 'acm', 'certificate/x')).toBe('arn:aws:acm:eu-central-1:123456789012:certificate/x');
});

it('makes suffixes and ids of the random numbers it is given', () => {
  expect(secretSuffix(() => 0)).toBe('-AAAAAA');
  expect(secretSuffix(last)).toBe('-999999');
  expect(resourceId(last)).toBe('ffffffff-ffff-ffff-ffff-ffffffffffff');
});
