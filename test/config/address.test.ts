import { expect, test } from 'vitest';
import { isLoopback, parseAdminAddress, parseHostPort } from '../../src/config/address.ts';

test.each([
  ['127.0.0.1:9902', { host: '127.0.0.1', port: 9902 }],
  ['localhost:0', { host: 'localhost', port: 0 }],
  ['[::1]:9902', { host: '::1', port: 9902 }],
])('%s is host and port', (given, address) => {
  expect(parseHostPort(given)).toEqual(address);
});

test.each(['9902', ':9902', '127.0.0.1', '127.0.0.1:', '127.0.0.1:65536', '::1:9902', 'http://127.0.0.1:9902', 'a b:1'])('"%s" is not host and port', (given) => {
  expect(() => parseHostPort(given)).toThrow(`"${given}" is not an address, expected HOST:PORT`);
});

test('Envoy\'s admin may be a unix socket', () => {
  expect(parseAdminAddress('unix:/run/envoy/admin.sock')).toBe('unix:/run/envoy/admin.sock');
  expect(parseAdminAddress('127.0.0.1:9901')).toBe('127.0.0.1:9901');
  expect(() => parseAdminAddress('unix:admin.sock')).toThrow('expected HOST:PORT or unix:/absolute/path');
});

test.each(['localhost', 'LOCALHOST', 'aws.localhost', '127.0.0.1', '127.9.9.9', '[::1]', '::1'])('%s never leaves the machine', (host) => {
  expect(isLoopback(host)).toBe(true);
});

test.each(['localhost.example', '127.0.0.1.example', '128.0.0.1', '10.0.0.1', '169.254.170.2', '0.0.0.0', '::2', '', 'notlocalhost'])('"%s" may leave the machine', (host) => {
  expect(isLoopback(host)).toBe(false);
});
