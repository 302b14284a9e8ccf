import { type KeyObject, createPrivateKey } from 'node:crypto';
import { connect as connectPlain } from 'node:net';
import { connect } from 'node:tls';
import type { Clock } from '../clock.ts';
import type { EnvoyAdmin } from '../envoy/admin.ts';
import { type Counters, parseCounters } from '../envoy/counters.ts';
import { type Authority, createAuthority, issue } from './pki/authority.ts';
import { GATEWAY_NAME, TELLER_NAME } from './credentials.ts';

/** Somebody who knocks at ColorTeller's listener and must be refused. */
export interface Intruder {
  readonly name: string;
  /** What it presents; undefined: nothing. */
  readonly identity: { readonly certificatePem: string; readonly key: KeyObject } | undefined;
  /** Speaks HTTP without TLS. */
  readonly plaintext?: boolean;
  /** Envoy's counter that tells why, behind `listener.0.0.0.0_PORT.`. */
  readonly counter: string;
}

export interface Refusal {
  readonly name: string;
  /** No byte of a response came back, and the counter moved by one. */
  readonly refused: boolean;
  readonly counter: string;
  readonly moved: number;
  /** What the client saw. */
  readonly seen: string;
}

const DAY_MS = 86_400_000;

/** The five of the published design's mutual mode, each wrong in one thing. `authority` is the one ColorTeller trusts. */
export async function mutualIntruders(authority: Authority, genuine: { readonly certificatePem: string; readonly key: KeyObject }, now: Date): Promise<Intruder[]> {
  const valid = { subject: `CN=${GATEWAY_NAME}`, names: [GATEWAY_NAME], notBefore: before(now, 1), notAfter: before(now, -1) };
  const stranger = await createAuthority({ subject: 'CN=Another CA', notBefore: valid.notBefore, notAfter: valid.notAfter });
  const other = await issue(authority, valid);
  const expired = await issue(authority, { ...valid, notBefore: before(now, 9), notAfter: before(now, 2) });
  const renamed = await issue(authority, { ...valid, subject: 'CN=intruder', names: ['intruder.mtls.svc.cluster.local'] });
  return [
    { name: 'no client certificate', identity: undefined, counter: 'ssl.fail_verify_no_cert' },
    { name: 'certificate of another CA', identity: await issue(stranger, valid), counter: 'ssl.fail_verify_error' },
    { name: 'expired certificate', identity: expired, counter: 'ssl.fail_verify_error' },
    { name: 'right certificate, another key', identity: { certificatePem: genuine.certificatePem, key: impostorKey(genuine.key, other.key) }, counter: 'ssl.connection_error' },
    { name: 'wrong name (SAN)', identity: renamed, counter: 'ssl.fail_verify_san' },
  ];
}

/** One-way TLS lets every TLS client in; only plain HTTP is refused (listener mode STRICT). */
export function oneWayIntruders(): Intruder[] {
  return [{ name: 'plain HTTP', identity: undefined, plaintext: true, counter: 'ssl.connection_error' }];
}

/**
 * A key that claims to be the certificate's and is not: OpenSSL compares public halves only, so an ECPrivateKey (RFC 5915)
 * with the public point of one key and the private scalar of another loads, and every signature made with it is wrong.
 */
function impostorKey(genuine: KeyObject, other: KeyObject): KeyObject {
  const der = genuine.export({ type: 'sec1', format: 'der' });
  scalarOf(other).copy(der, der.indexOf(scalarOf(genuine)));
  return createPrivateKey({ key: der, type: 'sec1', format: 'der' });
}

function scalarOf(key: KeyObject): Buffer {
  return Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url');
}

function before(now: Date, days: number): Date {
  return new Date(now.getTime() - days * DAY_MS);
}

/** Lets each knock once, one after the other, and reads which counter moved. */
export async function knock(intruders: readonly Intruder[], port: number, listener: string, admin: EnvoyAdmin, clock: Clock, signal: AbortSignal): Promise<Refusal[]> {
  const refusals: Refusal[] = [];
  for (const intruder of intruders) {
    const counter = `${listener}.${intruder.counter}`;
    const read = async (): Promise<number> => valueOf(parseCounters(await admin.get('/stats', signal)), counter);
    const valueBefore = await read();
    const seen = await request(intruder, port);
    // Envoy counts on its worker thread, a moment after the client has seen the alert
    let moved = (await read()) - valueBefore;
    for (let looks = 0; moved === 0 && looks < 50; looks += 1) {
      await clock.sleep(10, signal);
      moved = (await read()) - valueBefore;
    }
    refusals.push({ name: intruder.name, refused: seen.bytes === 0 && moved === 1, counter, moved, seen: seen.why });
  }
  return refusals;
}

function valueOf(counters: Counters, name: string): number {
  return counters.get(name) ?? 0;
}

/** Sends a request as this client would; resolves when the connection is over. */
function request({ identity, plaintext }: Intruder, port: number): Promise<{ readonly bytes: number; readonly why: string }> {
  return new Promise((resolve) => {
    let bytes = 0;
    let why = 'connection closed';
    const presented = identity && { cert: identity.certificatePem, key: identity.key.export({ type: 'pkcs8', format: 'pem' }) };
    const socket = plaintext ? connectPlain({ host: '127.0.0.1', port }) : connect({ host: '127.0.0.1', port, servername: TELLER_NAME, rejectUnauthorized: false, ...presented });
    socket.once(plaintext ? 'connect' : 'secureConnect', () => socket.write(`GET / HTTP/1.1\r\nhost: ${TELLER_NAME}\r\nconnection: close\r\n\r\n`));
    socket.on('data', (chunk: Buffer) => (bytes += chunk.length));
    socket.on('error', (cause: Error) => (why = alertOf(cause)));
    socket.once('close', () => resolve({ bytes, why }));
  });
}

/** `ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED` as people say it. */
function alertOf(cause: Error): string {
  const code = (cause as { code?: string }).code ?? cause.message;
  return code.replace(/^ERR_SSL_(TLSV1_?3?_|SSLV3_)?/, '').replaceAll('_', ' ').toLowerCase();
}
