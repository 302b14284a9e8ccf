import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { type IncomingMessage, type ServerResponse, createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { listeningPorts, runs } from '../fixtures/proc.ts';
import { DELIVERIES, createMesh, startMesh } from '../fixtures/running-mesh.ts';

describe.each(DELIVERIES)('by %s', (delivery) => {
  test.each(['SIGTERM', 'SIGINT'] as const)('%s ends both, exit code 0, and leaves nothing in MTLS_DIR', async (signal) => {
    const { start } = await createMesh({ delivery });
    const teller = await start('teller');
    await teller.ready();
    const { pid } = (await teller.status()).envoy;
    teller.signal(signal);
    expect(await teller.exited).toBe(0);
    expect(runs(pid)).toBe(false);
    expect(readdirSync(teller.directory)).toEqual([]);
  });

  test('an agent that is killed takes its Envoy along', async () => {
    const { start } = await createMesh({ delivery });
    const teller = await start('teller');
    await teller.ready();
    const { pid } = (await teller.status()).envoy;
    expect(runs(pid)).toBe(true);
    teller.signal('SIGKILL');
    expect(await teller.exited).toBe(137);
    await expect.poll(() => runs(pid), { timeout: 5_000, interval: 20 }).toBe(false);
  });

  test('what a killed agent left in MTLS_DIR does not hinder the next one', async () => {
    const { start } = await createMesh({ delivery });
    const first = await start('teller');
    await first.ready();
    const { pid } = (await first.status()).envoy;
    first.signal('SIGKILL');
    await first.exited;
    await expect.poll(() => runs(pid), { timeout: 5_000, interval: 20 }).toBe(false);
    expect(readdirSync(first.directory)).not.toEqual([]);
    const second = await start('teller');
    await second.ready();
    second.signal('SIGTERM');
    expect(await second.exited).toBe(0);
    expect(readdirSync(second.directory)).toEqual([]);
  });

  test("Envoy's failure to start is told by its cause, and any other end passed on", async () => {
    const { start, ports, place } = await createMesh({ delivery });
    const server = createServer().listen(ports.teller, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const refused = await start('teller');
    expect(await refused.exited).toBe(78);
    expect(refused.output()).toContain(`error: envoy cannot listen on 127.0.0.1:${ports.teller}: another process does`);
    server.close();

    const misled = await start('teller', { envoyArguments: ['--log-level', 'nonsense'] });
    expect(await misled.exited).toBe(78);
    expect(misled.output()).toContain('error: envoy refuses its configuration: invalid log level specified');

    const envoy = join(place, 'envoy-that-fails');
    await writeFile(envoy, '#!/bin/sh\nexit 42\n');
    await chmod(envoy, 0o755);
    expect(await (await start('teller', { environment: { MTLS_ENVOY: envoy } })).exited).toBe(42);
  });
});

/** An application that answers when told. */
async function slowApp(): Promise<{ readonly port: number; readonly asked: Promise<ServerResponse> }> {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  const asked = once(server, 'request').then(([, response]) => response as ServerResponse);
  return { port: (server.address() as AddressInfo).port, asked };
}

function request(port: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, agent: false }, (response) => resolve(response.resume())).once('error', reject);
  });
}

test('SIGTERM lets a request in flight come to its end', async () => {
  const app = await slowApp();
  const { start, ports } = await createMesh({ appPort: app.port });
  const [teller, gateway] = await Promise.all([start('teller', { environment: { MTLS_DRAIN: '20s' } }), start('gateway')]);
  await Promise.all([teller.ready(), gateway.ready()]);
  const reply = request(ports.gateway);
  const response = await app.asked;
  teller.signal('SIGTERM');
  await expect.poll(async () => (await teller.ask('/ready')).body).toMatch(/^envoy is draining$/im);
  response.end('yellow');
  expect((await reply).statusCode).toBe(200);
  expect(await teller.exited).toBe(0);
});

test('a second SIGTERM means now', async () => {
  const app = await slowApp();
  const { start, ports } = await createMesh({ appPort: app.port });
  const [teller, gateway] = await Promise.all([start('teller', { environment: { MTLS_DRAIN: '60s' } }), start('gateway')]);
  await Promise.all([teller.ready(), gateway.ready()]);
  const reply = request(ports.gateway);
  await app.asked;
  teller.signal('SIGTERM');
  await expect.poll(async () => (await teller.ask('/ready')).body).toMatch(/^envoy is draining$/im);
  teller.signal('SIGTERM');
  expect(await teller.exited).toBe(0);
  expect((await reply).statusCode).toBe(503);
});

test('SIGUSR1 opens no inspector, and the colour still comes (promise 129)', async () => {
  const { teller, gateway, ask } = await startMesh();
  const before = listeningPorts(teller.pid);
  expect(before).toEqual([teller.adminPort]);
  for (const agent of [teller, gateway]) agent.signal('SIGUSR1');
  expect(await ask()).toEqual({ status: 200, body: 'yellow' });
  // Envoy says that it got it: whatever the signal does has been done
  await expect.poll(() => teller.output(), { timeout: 5_000 }).toMatch(/SIGUSR1|reopen/i);
  expect(listeningPorts(teller.pid)).toEqual(before);
  expect(teller.output()).not.toContain('Debugger listening');
});

test('SIGUSR1 opens none in the first moments either, before anything has been read', async () => {
  const { start } = await createMesh();
  const teller = await start('teller');
  // the first statements of the program are over when core dumps are off
  while (readFileSync(`/proc/${teller.pid}/coredump_filter`, 'utf8').trim() !== '00000000') await systemClock.sleep(0);
  teller.signal('SIGUSR1');
  await teller.ready();
  expect(listeningPorts(teller.pid)).toEqual([teller.adminPort]);
  expect(teller.output()).not.toContain('Debugger listening');
});
