import { expect, it } from 'vitest';
import { type StatusJson, describeStatus } from '../../src/cli/status-text.ts';

const NOW = new Date('2026-11-24T12:00:00Z');
const identity = {
  name: 'gateway-12345678',
  kind: 'identity',
  sources: ['secret:color/gateway'],
  stage: 'proven',
  sourceVersion: 'v1',
  certificates: [{ subject: 'CN=colorgateway', serial: '4f', notAfter: '2026-12-24T12:00:00.000Z' }],
} as const;
const ready: StatusJson = { endpoint: 'virtualGateway/colorgateway', ready: true, healthy: true, envoy: { state: 'running', pid: 42 }, secrets: [identity] };
const lines = (changes: Partial<StatusJson> = {}): string[] => describeStatus({ ...ready, ...changes }, NOW, false).trimEnd().split('\n');

it('tells at a glance who, ready, which certificate and until when', () => {
  expect(lines()).toEqual([
    'virtualGateway/colorgateway  ready',
    'envoy  running, pid 42',
    '✔ identity gateway-12345678: proven on the wire  version v1',
    '    from secret:color/gateway',
    '    4f  CN=colorgateway  until 2026-12-24 12:00 UTC, in 30 days',
  ]);
});

it('says why it is not ready', () => {
  expect(lines({ ready: false, reason: 'envoy is restarting' })[0]).toBe('virtualGateway/colorgateway  not ready: envoy is restarting');
});

it('says what was refused, and what the problem is with its hint', () => {
  const problem = { message: 'the passphrase does not open the key', hint: 'export again', at: '2026-11-24T11:59:00.000Z' };
  expect(lines({ secrets: [{ ...identity, problem, refused: { sourceVersion: 'v2', message: 'envoy says no' } }] }).slice(5)).toEqual([
    '    refused version v2: envoy says no',
    '    problem since 2026-11-24 11:59:00: the passphrase does not open the key',
    '    hint: export again',
  ]);
});

it.each([
  ['2026-11-24T11:59:30.000Z', 'expired 30 seconds ago'],
  ['2026-11-24T12:01:30.000Z', 'in 90 seconds'],
  ['2026-11-24T13:00:00.000Z', 'in 60 minutes'],
  ['2026-11-25T12:00:00.000Z', 'in 24 hours'],
])('until %s is %s', (notAfter, words) => {
  const [line = ''] = lines({ secrets: [{ ...identity, certificates: [{ subject: 'CN=a', serial: '1', notAfter }] }] }).slice(4);
  expect(line).toContain(words);
});

it('counts notices, and says why none is heard', () => {
  expect(lines({ notices: { used: 3, problem: { code: 'x', message: 'the queue is not there' } } })[2]).toBe('notices  3 used, the queue is not there');
});

it('has colours only where they are wanted', () => {
  expect(describeStatus(ready, NOW, true)).toContain('\x1b[');
  expect(describeStatus(ready, NOW, false)).not.toContain('\x1b[');
});
