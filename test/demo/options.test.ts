import { expect, it } from 'vitest';
import { parseDemoOptions } from '../../src/demo/options.ts';

it('shows mutual TLS over SDS on the ports of the published design unless told otherwise', () => {
  expect(parseDemoOptions([])).toEqual({ mode: 'mtls', delivery: 'sds', once: false, rotateMs: undefined, json: false, ports: { gateway: 9080, teller: 15000, app: 8080 }, keepLogs: undefined, help: false });
});

it('takes what it is told', () => {
  const options = parseDemoOptions(['--mode', 'one-way', '--delivery', 'files', '--once', '--rotate', '5s', '--json', '--gateway-port', '1', '--keep-logs', 'logs']);
  expect(options).toMatchObject({ mode: 'one-way', delivery: 'files', once: true, rotateMs: 5_000, json: true, ports: { gateway: 1 }, keepLogs: 'logs' });
});

it.each([
  [['--mode', 'both'], '--mode is both, expected is mtls or one-way'],
  [['--teller-port', '70000'], '--teller-port is 70000, expected is a port from 1 to 65535'],
  [['--rotate', '0s'], '--rotate: "0s" is no time at all, expected for example 250ms, 30s, 5m or 2h'],
  [['now'], 'the demo takes no argument now'],
])('refuses %j, naming what is off', (args, message) => {
  expect(() => parseDemoOptions(args)).toThrow(expect.objectContaining({ code: 'usage', message }) as Error);
});
