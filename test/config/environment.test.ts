import { expect, test } from 'vitest';
import { withoutEmpty } from '../../src/config/environment.ts';

test('an empty variable counts as not set', () => {
  expect(withoutEmpty({ A: '1', B: '', C: undefined })).toEqual({ A: '1' });
});
