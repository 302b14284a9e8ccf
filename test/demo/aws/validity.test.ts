import { expect, it } from 'vitest';
import { hoursFrom } from '../../../src/demo/aws/validity.ts';

it('counts whole seconds, from an hour ago to the given hours ahead', () => {
  expect(hoursFrom(new Date('2026-11-23T12:00:00.999Z'), 2)).toEqual({
    notBefore: new Date('2026-11-23T11:00:00Z'),
    notAfter: new Date('2026-11-23T14:00:00Z'),
  });
});
