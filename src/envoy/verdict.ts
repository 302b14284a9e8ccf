import type { Counters } from './counters.ts';

/** What a listener's handshake counters amount to. */
export interface ListenerTls {
  /** Envoy's statistics prefix without `listener.`: `0.0.0.0_15000`. */
  readonly listener: string;
  /** Successful handshakes, full and resumed. */
  readonly handshake: number;
  /** Those of them in which the client presented no certificate. */
  readonly noCertificate: number;
  /**
   * Those in which a client signed with the key of its certificate: the sum of `sigalgs.*`. On a listener only a
   * client's CertificateVerify moves it, so it is positive evidence where `no_certificate: 0` is a mere absence.
   */
  readonly clientSignatures: number;
}

export type Expectation = 'mtls' | 'one-way';

/** `unsigned`: no client came without a certificate, but none is known to have signed either. */
export type TlsKind = 'mutual' | 'one-way' | 'mixed' | 'unsigned' | 'none';

export interface Verdict extends ListenerTls {
  readonly kind: TlsKind;
  /** `no-evidence`: no TLS connection yet, which passes for neither mode. */
  readonly outcome: 'pass' | 'fail' | 'no-evidence';
}

/**
 * The listeners that terminate TLS, that is the inbound ones: exactly they have `ssl.*` counters. Counters of clusters
 * never count: there the peer is the server, `no_certificate` stays 0, and `sigalgs` moves in either mode.
 */
export function listenersOf(counters: Counters): readonly ListenerTls[] {
  const listeners = new Map<string, ListenerTls>();
  for (const [name, value] of counters) {
    const [, listener, counter] = /^listener\.(.+?)\.ssl\.(.+)$/.exec(name) ?? [];
    if (listener === undefined || counter === undefined) continue;
    const before = listeners.get(listener) ?? { listener, handshake: 0, noCertificate: 0, clientSignatures: 0 };
    listeners.set(listener, count(before, counter, value));
  }
  return [...listeners.values()];
}

function count(tls: ListenerTls, counter: string, value: number): ListenerTls {
  if (counter === 'handshake') return { ...tls, handshake: value };
  if (counter === 'no_certificate') return { ...tls, noCertificate: value };
  if (counter.startsWith('sigalgs.')) return { ...tls, clientSignatures: tls.clientSignatures + value };
  return tls;
}

/** Each listener for itself; a sum over listeners would let a mutual one hide a one-way one. */
export function judge(tls: ListenerTls, expect: Expectation): Verdict {
  const kind = kindOf(tls);
  if (kind === 'none') return { ...tls, kind, outcome: 'no-evidence' };
  return { ...tls, kind, outcome: kind === (expect === 'mtls' ? 'mutual' : 'one-way') ? 'pass' : 'fail' };
}

function kindOf({ handshake, noCertificate, clientSignatures }: ListenerTls): TlsKind {
  if (handshake < 1) return 'none';
  if (noCertificate === handshake) return 'one-way';
  if (noCertificate > 0) return 'mixed';
  return clientSignatures > 0 ? 'mutual' : 'unsigned';
}

/** The exit code over all listeners: a contradiction outweighs missing evidence, and that outweighs a pass. */
export function exitCodeOf(verdicts: readonly Verdict[]): 0 | 1 | 3 {
  if (verdicts.some(({ outcome }) => outcome === 'fail')) return 1;
  if (verdicts.length === 0 || verdicts.some(({ outcome }) => outcome === 'no-evidence')) return 3;
  return 0;
}

/** One line for people: what was expected, what is, and the numbers it rests on. */
export function sentence(verdict: Verdict, expect: Expectation): string {
  const { listener, outcome, kind, handshake, noCertificate, clientSignatures } = verdict;
  if (kind === 'none') return `listener.${listener}: no evidence: no TLS connection yet`;
  const expected = expect === 'mtls' ? 'mutual TLS' : 'one-way TLS';
  const found = outcome === 'pass' ? `pass: ${expected}` : `fail: ${WORDS[kind]}, expected ${expected}`;
  const numbers = `${handshake} ${handshake === 1 ? 'handshake' : 'handshakes'}, ${noCertificate} without a client certificate, ${clientSignatures} signed by a client`;
  return `listener.${listener}: ${found} (${numbers})`;
}

const WORDS: Readonly<Record<Exclude<TlsKind, 'none'>, string>> = {
  mutual: 'mutual TLS',
  'one-way': 'one-way TLS',
  mixed: 'some clients with and some without a certificate',
  unsigned: 'no client is known to have signed',
};
