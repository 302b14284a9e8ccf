import { expect, it } from 'vitest';
import { present } from '../../src/lambda/answer.ts';

it('passes on what is there', () => {
  expect(present('x', 'Certificate', 'arn')).toBe('x');
});

it.each([undefined, ''])('names what %j is missing, and from whom', (value) => {
  expect(() => present(value, 'Certificate', 'arn')).toThrow('arn answered without Certificate');
});
