import { expect, test } from 'vitest';
import { quote } from '../../src/config/quote.ts';

test('shows what was given', () => {
  expect(quote('5 minutes')).toBe('"5 minutes"');
});

test('cuts what nobody would read', () => {
  expect(quote('x'.repeat(500))).toBe(`"${'x'.repeat(120)}…"`);
});

test.each(['{"Certificate":"c","PrivateKey":"k","Passphrase":"hunter2"}', '-----BEGIN PRIVATE KEY-----\nhunter2', '{"private_key":"hunter2"}'])(
  'never shows a secret that was injected where the name of its source belongs (promise 129)',
  (given) => {
    expect(quote(given)).toBe(`(${given.length} characters that look like a secret document)`);
  },
);
