import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { SecretText } from '../../src/material/secret-text.ts';

describe('secret text', () => {
  const secret = new SecretText('hunter2');

  it.each([
    ['template', secret as unknown as string],
    ['concatenation', 'a ' + String(secret)],
    ['JSON', JSON.stringify({ secret })],
    ['inspect', inspect({ secret }, { showHidden: true, depth: 9 })],
    ['its properties', JSON.stringify(Object.entries(secret))],
  ])('does not appear by %s (promise 129)', (_way, printed) => {
    expect(printed).not.toContain('hunter2');
  });

  it('is given out when asked for by name', () => {
    expect(secret.reveal()).toBe('hunter2');
  });
});
