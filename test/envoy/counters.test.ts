import { expect, test } from 'vitest';
import { counterLine, grownSince, parseCounters, wentDown } from '../../src/envoy/counters.ts';

const TEXT = [
  'listener.0.0.0.0_15000.ssl.handshake: 1',
  'listener.[__]_15000.ssl.no_certificate: 0',
  'sds.identity.version_text: "3"',
  'http.ingress.downstream_cx_length_ms: No recorded values',
  'http.ingress.downstream_rq_time: P0(nan,0) P25(nan,0.5)',
  '',
].join('\n');

test('reads the name, colon, space, integer form and passes over everything else (promise 44)', () => {
  expect([...parseCounters(TEXT)]).toEqual([
    ['listener.0.0.0.0_15000.ssl.handshake', 1],
    ['listener.[__]_15000.ssl.no_certificate', 0],
  ]);
});

test('writes the line that it read (promise 44)', () => {
  expect([...parseCounters(TEXT)].map(([name, value]) => counterLine(name, value))).toEqual(TEXT.split('\n').slice(0, 2));
});

test('growth of a counter that is new starts at 0', () => {
  const before = new Map([['a', 2]]);
  expect([...grownSince(before, new Map([['a', 5], ['b', 1]]))]).toEqual([['a', 3], ['b', 1]]);
});

test('names the counters that fell or vanished', () => {
  const before = new Map([['same', 1], ['fell', 5], ['gone', 2], ['idle', 0]]);
  expect(wentDown(before, new Map([['same', 1], ['fell', 4]]))).toEqual(['fell', 'gone']);
});
