import { connect } from 'node:tls';
import type { Clock } from '../clock.ts';
import { parseCounters, counterLine } from '../envoy/counters.ts';
import { judge, listenersOf, sentence } from '../envoy/verdict.ts';
import { AgentError } from '../errors.ts';
import { normalSerial } from '../material/serial.ts';
import type { SeenClient } from './color-teller.ts';
import { TELLER_NAME } from './credentials.ts';
import { type RunningDemo, askColour } from './demo.ts';
import { knock, mutualIntruders, oneWayIntruders } from './intruders.ts';
import type { DemoOptions } from './options.ts';
import type { DemoResult } from './result.ts';

/** The name that the published design reads its statistics under, whatever port the demo binds. */
const LISTENER = '0.0.0.0_15000';
const CHECK_LIMIT_MS = 20_000;

/** Asks for a colour, reads the statistics, lets intruders knock. */
export async function runChecks(demo: RunningDemo, { mode, delivery, ports }: DemoOptions, clock: Clock, parent: AbortSignal): Promise<DemoResult> {
  const signal = clock.deadline(CHECK_LIMIT_MS, new AgentError('check-failed', `the checks are not done after ${CHECK_LIMIT_MS / 1000} s`), parent);
  const { status, body: colour } = await askColour(ports.gateway);
  if (status !== 200) throw new AgentError('check-failed', `ColorGateway answered ${status}: ${colour}`, { hint: 'run again with --keep-logs DIR' });
  const { statistics, verdict } = await readStatistics(demo, mode, signal);
  const server = await readServed(ports.teller);
  const intruders = demo.credentials.gatewaySide ? await mutualIntruders(demo.credentials.gatewaySide.authority, demo.credentials.gatewaySide.issued, clock.now()) : oneWayIntruders();
  const refusals = await knock(intruders, ports.teller, `listener.${LISTENER}`, demo.teller.envoy, clock, signal);
  const client = demo.app.seen;
  const pass = verdict.pass && refusals.every(({ refused }) => refused) && (client !== undefined) === (mode === 'mtls');
  return { mode, delivery, ports, colour, server, ...(client && { client }), statistics, verdict, refusals, pass };
}

async function readStatistics({ teller }: RunningDemo, mode: DemoOptions['mode'], signal: AbortSignal): Promise<Pick<DemoResult, 'statistics' | 'verdict'>> {
  const counters = parseCounters(await teller.envoy.get('/stats', signal));
  const names = ['handshake', 'no_certificate'].map((name) => `listener.${LISTENER}.ssl.${name}`);
  const tls = listenersOf(counters).find(({ listener }) => listener === LISTENER);
  if (tls === undefined) throw new AgentError('no-evidence', `ColorTeller's Envoy has no TLS counters of listener ${LISTENER}`);
  const judged = judge(tls, mode);
  return { statistics: names.map((name) => counterLine(name, counters.get(name) ?? 0)), verdict: { sentence: sentence(judged, mode), pass: judged.outcome === 'pass' } };
}

/** The certificate on the wire; closing in the handshake callback leaves no trace in Envoy's counters. */
function readServed(port: number): Promise<SeenClient> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, servername: TELLER_NAME, minVersion: 'TLSv1.3', rejectUnauthorized: false });
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      const certificate = socket.getPeerX509Certificate();
      socket.destroy();
      if (certificate === undefined) {
        reject(new AgentError('check-failed', 'ColorTeller served no certificate'));
        return;
      }
      const line = (name: string): string => name.split('\n').reverse().join(',');
      resolve({
        subject: line(certificate.subject),
        names: (certificate.subjectAltName ?? '').split(', ').map((name) => name.replace(/^\w+:/, '')),
        serial: normalSerial(certificate.serialNumber),
        issuer: line(certificate.issuer),
        notAfter: new Date(certificate.validTo).toISOString().replace('.000Z', 'Z'),
      });
    });
  });
}
