import { Agent, get, type IncomingMessage } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { exitCodeOf } from '../../src/envoy/process.ts';
import { shutDown, type ShutdownOutcome } from '../../src/envoy/shutdown.ts';
import { plainBootstrap } from '../fixtures/envoy-pair.ts';
import { readyEnvoy, type RealEnvoy, startEnvoy } from '../fixtures/real-envoy.ts';

/** An app that answers when told, so that a request can be in flight for as long as a test likes. */
async function slowApp(): Promise<{ port: number; asked: Promise<void>; answer: () => void; close: () => void }> {
  let asked: () => void = () => undefined;
  let answer: () => void = () => undefined;
  const told = new Promise<void>((resolve) => (asked = resolve));
  const server = createServer((socket) => {
    socket.on('error', () => undefined).once('data', () => {
      answer = () => void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nwhite');
      asked();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, asked: told, answer: () => answer(), close: () => void server.close() };
}

function ask(port: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, agent: new Agent({ keepAlive: true }) }, (response) => resolve(response.resume())).on('error', reject);
  });
}

function stop(envoy: RealEnvoy, drainMs: number, now = new AbortController().signal): Promise<ShutdownOutcome> {
  return shutDown({ envoy, admin: envoy.admin, clock: systemClock, drainMs, noticeMs: 0, now });
}

test('a request in flight is answered, its connection closed, and only then Envoy ends', async () => {
  const app = await slowApp();
  const envoy = await readyEnvoy(plainBootstrap(app.port));
  const reply = ask(await envoy.port('plain'));
  await app.asked;
  const stopped = stop(envoy, 20_000);
  await expect.poll(() => envoy.admin.state(new AbortController().signal)).toBe('DRAINING');
  app.answer();
  expect(await reply).toMatchObject({ statusCode: 200, headers: { connection: 'close' } });
  expect(await stopped).toEqual({ exit: { code: 0, signal: null }, drained: true, killed: false });
  app.close();
});

test('a request that does not end is cut at the drain limit', async () => {
  const app = await slowApp();
  const envoy = await readyEnvoy(plainBootstrap(app.port));
  const reply = ask(await envoy.port('plain'));
  const cut = expect(reply).rejects.toMatchObject({ code: 'ECONNRESET' });
  await app.asked;
  expect(await stop(envoy, 300)).toMatchObject({ exit: { code: 0 }, drained: false, killed: false });
  await cut;
  app.close();
});

test('a second request to stop ends the drain at once', async () => {
  const app = await slowApp();
  const envoy = await readyEnvoy(plainBootstrap(app.port));
  const cut = expect(ask(await envoy.port('plain'))).rejects.toMatchObject({ code: 'ECONNRESET' });
  await app.asked;
  const now = new AbortController();
  const stopped = stop(envoy, 60_000, now.signal);
  await expect.poll(() => envoy.admin.state(new AbortController().signal)).toBe('DRAINING');
  now.abort(new Error('SIGTERM'));
  expect(await stopped).toMatchObject({ drained: false, killed: false });
  await cut;
  app.close();
});

test('an Envoy that hangs is killed within bounds', async () => {
  const envoy = await readyEnvoy(plainBootstrap(1));
  // a stopped process answers no admin request and takes no SIGTERM
  envoy.signal('SIGSTOP');
  const { exit, killed } = await stop(envoy, 20_000);
  expect(killed).toBe(true);
  expect(exitCodeOf(exit)).toBe(137);
});

test('an Envoy that refuses its configuration passes its exit code on', async () => {
  const envoy = await startEnvoy({ static_resources: { nonsense: true } });
  expect(exitCodeOf(await envoy.exited)).toBe(1);
  expect(await envoy.log()).toContain('nonsense');
});
