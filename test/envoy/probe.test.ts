import { once } from 'node:events';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { createServer } from 'node:tls';
import { afterEach, expect, test } from 'vitest';
import { normalSerial } from '../../src/material/serial.ts';
import { probeLeaf } from '../../src/envoy/probe.ts';
import { createSide, plainKeyPem } from '../fixtures/pki.ts';

const never = new AbortController().signal;
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function portOf(server: Server): Promise<number> {
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

test('reads the serial of the served leaf without completing the handshake', async () => {
  // the leading zero digit is what the spellings of a serial differ in
  const { leaf } = await createSide('colorteller', { serial: '0abc' });
  const server = createServer({ cert: leaf.certificatePem, key: plainKeyPem(leaf.key), requestCert: true });
  let completed = 0;
  server.on('secureConnection', () => completed++).on('tlsClientError', () => undefined);
  const probed = await probeLeaf({ host: '127.0.0.1', port: await portOf(server) }, never);
  expect(probed).toBe('abc');
  expect(probed).toBe(normalSerial(leaf.certificate.serialNumber));
  expect(completed).toBe(0);
});

test('a listener that resets every connection is not proven', async () => {
  const port = await portOf(createTcpServer((socket) => socket.destroy()));
  await expect(probeLeaf({ host: '127.0.0.1', port }, never)).rejects.toMatchObject({
    code: 'proof-failed',
    message: expect.stringContaining(`127.0.0.1:${port}`) as string,
  });
});

test('a listener that says nothing is left when the signal aborts, with its reason', async () => {
  const port = await portOf(createTcpServer((socket) => void socket.on('error', () => undefined)));
  const stop = new AbortController();
  const reason = new Error('enough');
  const probed = probeLeaf({ host: '127.0.0.1', port }, stop.signal);
  stop.abort(reason);
  await expect(probed).rejects.toBe(reason);
  await expect(probeLeaf({ host: '127.0.0.1', port }, stop.signal)).rejects.toBe(reason);
});
