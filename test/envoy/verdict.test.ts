import { describe, expect, test } from 'vitest';
import { parseCounters } from '../../src/envoy/counters.ts';
import { type Expectation, exitCodeOf, judge, listenersOf, sentence, type Verdict } from '../../src/envoy/verdict.ts';

interface Counts {
  readonly handshake: number;
  readonly no_certificate: number;
  readonly 'sigalgs.ecdsa_secp256r1_sha256'?: number;
}

const MUTUAL: Counts = { handshake: 1, no_certificate: 0, 'sigalgs.ecdsa_secp256r1_sha256': 1 };
const ONE_WAY: Counts = { handshake: 1, no_certificate: 1 };
const IDLE: Counts = { handshake: 0, no_certificate: 0 };

/** Envoy's text for one listener. */
function text(counts: Counts, prefix = 'listener.0.0.0.0_15000'): string {
  return Object.entries(counts).map(([name, value]) => `${prefix}.ssl.${name}: ${String(value)}\n`).join('');
}

function verdicts(stats: string, expect: Expectation): readonly Verdict[] {
  return listenersOf(parseCounters(stats)).map((tls) => judge(tls, expect));
}

/** Exit codes for `--expect mtls` and `--expect one-way`. */
function codes(stats: string): readonly number[] {
  return [exitCodeOf(verdicts(stats, 'mtls')), exitCodeOf(verdicts(stats, 'one-way'))];
}

test('one handshake without a client certificate is one-way TLS (promise 47)', () => {
  expect(codes(text(ONE_WAY))).toEqual([1, 0]);
});

test('more handshakes are no failure as long as none had a client certificate (promises 45, 46)', () => {
  expect(codes(text({ handshake: 7, no_certificate: 7 }))).toEqual([1, 0]);
});

test('one-way says that the client stays unknown: it never passes for mutual (promise 48)', () => {
  const [verdict] = verdicts(text(ONE_WAY), 'mtls');
  expect(verdict).toMatchObject({ kind: 'one-way', outcome: 'fail' });
});

test('one handshake, none without a certificate, one client signature is mutual TLS (promises 98, 100)', () => {
  expect(codes(text(MUTUAL))).toEqual([0, 1]);
});

test('more than one mutual handshake is accepted (promise 99)', () => {
  expect(codes(text({ handshake: 5, no_certificate: 0, 'sigalgs.ecdsa_secp256r1_sha256': 5 }))).toEqual([0, 1]);
});

test('the same statistics tell both modes apart, each passing for exactly one (promises 97, 101)', () => {
  expect([codes(text(MUTUAL)), codes(text(ONE_WAY))]).toEqual([[0, 1], [1, 0]]);
});

test('handshakes of which no client is known to have signed pass for neither mode', () => {
  expect(codes(text({ handshake: 1, no_certificate: 0 }))).toEqual([1, 1]);
});

test('some clients with and some without a certificate pass for neither mode (promise 102)', () => {
  expect(codes(text({ handshake: 3, no_certificate: 1, 'sigalgs.ecdsa_secp256r1_sha256': 2 }))).toEqual([1, 1]);
});

describe('no TLS connection yet is no evidence in either mode (promise 49)', () => {
  test('with counters at 0', () => expect(codes(text(IDLE))).toEqual([3, 3]));
  test('with no counters at all', () => expect(codes('server.live: 1\n')).toEqual([3, 3]));
  test('with refused clients only', () => {
    expect(codes(`${text(IDLE)}listener.0.0.0.0_15000.ssl.fail_verify_no_cert: 208\n`)).toEqual([3, 3]);
  });
});

test('judges each listener for itself, never the sum (promise 103)', () => {
  const both = text(MUTUAL) + text(ONE_WAY, 'listener.0.0.0.0_15001');
  expect(verdicts(both, 'mtls').map(({ listener, outcome }) => [listener, outcome])).toEqual([
    ['0.0.0.0_15000', 'pass'],
    ['0.0.0.0_15001', 'fail'],
  ]);
  expect(codes(both)).toEqual([1, 1]);
});

test('a listener without traffic keeps the others from passing for the whole', () => {
  expect(codes(text(MUTUAL) + text(IDLE, 'listener.0.0.0.0_15001'))).toEqual([3, 1]);
});

test("a cluster's counters are never evidence, whatever the cluster is called (promise 103)", () => {
  expect(codes(text(MUTUAL, 'cluster.colorteller'))).toEqual([3, 3]);
  expect(codes(text(MUTUAL, 'cluster.listener.0.0.0.0_15000'))).toEqual([3, 3]);
});

test('adds up every signature algorithm', () => {
  const [tls] = listenersOf(parseCounters(`${text(MUTUAL)}listener.0.0.0.0_15000.ssl.sigalgs.rsa_pss_rsae_sha256: 4\n`));
  expect(tls?.clientSignatures).toBe(5);
});

test('knows IPv6 listeners and those with a prefix of their own', () => {
  const stats = text(MUTUAL, 'listener.[__]_15000') + text(MUTUAL, 'listener.ingress');
  expect(listenersOf(parseCounters(stats)).map(({ listener }) => listener)).toEqual(['[__]_15000', 'ingress']);
});

test('the sentence carries the expectation and the numbers', () => {
  const line = (stats: string, expect: Expectation): string => sentence(verdicts(stats, expect)[0]!, expect);
  expect(line(text(MUTUAL), 'mtls')).toBe(
    'listener.0.0.0.0_15000: pass: mutual TLS (1 handshake, 0 without a client certificate, 1 signed by a client)',
  );
  expect(line(text(ONE_WAY), 'mtls')).toBe(
    'listener.0.0.0.0_15000: fail: one-way TLS, expected mutual TLS (1 handshake, 1 without a client certificate, 0 signed by a client)',
  );
  expect(line(text(IDLE), 'mtls')).toBe('listener.0.0.0.0_15000: no evidence: no TLS connection yet');
});
