import { connect } from 'node:tls';
import { expect, test } from 'vitest';
import { normalSerial } from '../../src/material/serial.ts';
import { probeLeaf } from '../../src/envoy/probe.ts';
import { startPair } from '../fixtures/envoy-pair.ts';
import type { RealEnvoy } from '../fixtures/real-envoy.ts';

const never = new AbortController().signal;

/** The handshake counters once every connection so far has been closed. */
async function settled(envoy: RealEnvoy, connections: number): Promise<string> {
  await expect.poll(() => envoy.stats('^listener\\.0\\.0\\.0\\.0_15000\\.downstream_cx_destroy'), { timeout: 10_000 }).toContain(`: ${connections}\n`);
  return envoy.stats('^listener\\..*\\.ssl\\.');
}

test.each(['mutual', 'one-way'] as const)('twenty probes of a %s listener leave its ssl counters as they were', async (mode) => {
  const { pki, teller, tellerPort, request } = await startPair(mode);
  expect(await request()).toBe(200);
  const before = await settled(teller, 1);
  for (let probe = 0; probe < 20; probe++) {
    expect(await probeLeaf({ host: '127.0.0.1', port: tellerPort }, never)).toBe(normalSerial(pki.teller.leaf.certificate.serialNumber));
  }
  expect(await settled(teller, 21)).toBe(before);
});

test('a client that stays after the handshake is counted as refused, so the counters would have told', async () => {
  const { teller, tellerPort } = await startPair('mutual');
  const socket = connect({ host: '127.0.0.1', port: tellerPort, rejectUnauthorized: false });
  socket.on('error', () => undefined);
  await expect.poll(() => teller.stats('fail_verify_no_cert')).toContain('listener.0.0.0.0_15000.ssl.fail_verify_no_cert: 1\n');
  socket.destroy();
});
