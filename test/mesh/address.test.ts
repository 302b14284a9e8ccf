import { expect, it } from 'vitest';
import { collides, dialable, formatAddress, isIp, parseAddress } from '../../src/mesh/address.ts';

it.each([
  ['127.0.0.1:80', '127.0.0.1', 80],
  ['[::1]:8080', '::1', 8080],
  ['teller.local:65535', 'teller.local', 65_535],
])('reads %s and writes it back', (text, host, port) => {
  expect(parseAddress(text)).toEqual({ host, port });
  expect(formatAddress({ host, port })).toBe(text);
});

it.each([
  ['0.0.0.0:80', '127.0.0.1:80', true],
  ['0.0.0.0:80', '127.0.0.1:81', false],
  ['[::]:80', 'localhost:80', true],
  ['127.0.0.1:80', '127.0.0.1:80', true],
  ['127.0.0.2:80', '127.0.0.1:80', false],
  ['0.0.0.0:80', 'app:80', false],
])('a listener on %s and a program on %s collide: %s', (bind, other, expected) => {
  expect(collides(parseAddress(bind), parseAddress(other))).toBe(expected);
});

it('dials a wildcard on loopback', () => {
  expect(dialable({ host: '0.0.0.0', port: 1 })).toEqual({ host: '127.0.0.1', port: 1 });
  expect(dialable({ host: '::', port: 1 })).toEqual({ host: '::1', port: 1 });
  expect(dialable({ host: '192.0.2.1', port: 1 })).toEqual({ host: '192.0.2.1', port: 1 });
});

it('tells addresses from names', () => {
  expect(['127.0.0.1', '::1', 'localhost', '1.example'].map(isIp)).toEqual([true, true, false, false]);
});
