import { expect, test } from 'vitest';
import { normalSerial } from '../../src/material/serial.ts';

test('one form for the serials of BoringSSL, Node and OpenSSL', () => {
  expect(['0ABC', '0abc', 'abc', '00', '0'].map(normalSerial)).toEqual(['abc', 'abc', 'abc', '0', '0']);
});
