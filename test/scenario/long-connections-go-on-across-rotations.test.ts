import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { DELIVERIES, type RunningMesh, startMesh } from '../fixtures/running-mesh.ts';

const MEBIBYTE = 1_048_576;
const TRANSFER = 64 * MEBIBYTE;

/** An application that sends back what it gets, as it gets it. */
async function echoApp(): Promise<number> {
  const server = createServer((incoming, outgoing) => void incoming.pipe(outgoing)).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Rotates both sides until `over` says so. Returns how often. */
async function rotateWhile(mesh: RunningMesh, over: Promise<unknown>): Promise<number> {
  const state = { over: false };
  void over.finally(() => (state.over = true)).catch(() => undefined);
  let rotations = 0;
  for (; !state.over; rotations += 1) {
    const [teller, gateway] = await Promise.all([mesh.renew('teller'), mesh.renew('gateway')]);
    mesh.teller.signal('SIGHUP');
    mesh.gateway.signal('SIGHUP');
    await Promise.all([mesh.teller.took(teller.version), mesh.gateway.took(gateway.version)]);
  }
  return rotations;
}

/** Sends `chunks` through both Envoys on one connection and hashes what went in and what came back. */
async function transfer(port: number, chunks: AsyncIterable<Buffer>): Promise<{ readonly sent: string; readonly back: string; readonly bytes: number }> {
  const [sent, back] = [createHash('sha256'), createHash('sha256')];
  let bytes = 0;
  const outgoing = request({ host: '127.0.0.1', port, method: 'POST', path: '/', agent: new Agent({ keepAlive: true, maxSockets: 1 }) });
  const answered = once(outgoing, 'response') as Promise<[NodeJS.ReadableStream & { statusCode: number }]>;
  const sending = (async () => {
    for await (const chunk of chunks) {
      sent.update(chunk);
      if (!outgoing.write(chunk)) await once(outgoing, 'drain');
    }
    outgoing.end();
  })();
  const [incoming] = await answered;
  expect(incoming.statusCode).toBe(200);
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    back.update(chunk);
    bytes += chunk.length;
  }
  await sending;
  return { sent: sent.digest('hex'), back: back.digest('hex'), bytes };
}

/** 64 MiB in pieces, spread over some seconds so that rotations come in between. */
async function* large(): AsyncGenerator<Buffer> {
  for (let sent = 0; sent < TRANSFER; sent += MEBIBYTE) {
    yield randomBytes(MEBIBYTE);
    await systemClock.sleep(40);
  }
}

/** A byte at a time, each on its way before the next. */
async function* single(): AsyncGenerator<Buffer> {
  for (let sent = 0; sent < 1_000; sent += 1) {
    yield randomBytes(1);
    await systemClock.sleep(2);
  }
}

test.each(DELIVERIES)('by %s 64 MiB each way, byte for byte, while both sides rotate', async (delivery) => {
  const mesh = await startMesh({ delivery, appPort: await echoApp() });
  const moving = transfer(mesh.ports.gateway, large());
  const rotations = await rotateWhile(mesh, moving);
  const { sent, back, bytes } = await moving;
  expect(bytes).toBe(TRANSFER);
  expect(back).toBe(sent);
  expect(rotations).toBeGreaterThan(5);
});

test('a thousand writes of one byte, while both sides rotate', async () => {
  const mesh = await startMesh({ appPort: await echoApp() });
  const moving = transfer(mesh.ports.gateway, single());
  const rotations = await rotateWhile(mesh, moving);
  const { sent, back, bytes } = await moving;
  expect([bytes, back]).toEqual([1_000, sent]);
  expect(rotations).toBeGreaterThan(3);
});
