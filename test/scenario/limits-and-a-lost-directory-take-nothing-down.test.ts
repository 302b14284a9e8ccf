import { rm } from 'node:fs/promises';
import { type Socket, connect } from 'node:net';
import { expect, test } from 'vitest';
import { createMesh, startMesh } from '../fixtures/running-mesh.ts';

function knock(port: number): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined).once('connect', () => resolve(socket)).once('close', () => resolve(socket));
  });
}

test('an agent that has no file left to open keeps what it has, and rotates when there is one again', { timeout: 60_000 }, async () => {
  const { start, renew, ask } = await createMesh();
  const [teller, gateway] = await Promise.all([start('teller', { openFiles: 90 }), start('gateway')]);
  await Promise.all([teller.ready(), gateway.ready()]);
  const idlers = await Promise.all(Array.from({ length: 200 }, () => knock(teller.adminPort)));
  const renewed = await renew('teller');
  teller.signal('SIGHUP');
  expect(await ask()).toMatchObject({ status: 200 });
  for (const idler of idlers) idler.destroy();
  teller.signal('SIGHUP');
  await teller.took(renewed.version);
  expect(await ask()).toMatchObject({ status: 200 });
  expect(teller.events().map(({ event }) => event)).not.toContain('envoy-exited');
});

test('a start with fewer files than it needs ends by itself and says why', async () => {
  const { start } = await createMesh();
  const teller = await start('teller', { openFiles: 20, environment: { MTLS_DEADLINE: '3s' } });
  expect(await teller.exited).not.toBe(0);
  expect(teller.output()).toMatch(/EMFILE|open files|Too many open files/i);
});

test('a directory that is removed underneath loses no request; the endpoint says that it cannot look any more', { timeout: 60_000 }, async () => {
  const { teller, ask, renew } = await startMesh();
  await rm(teller.directory, { recursive: true });
  expect(await ask()).toMatchObject({ status: 200 });
  await renew('teller');
  teller.signal('SIGHUP');
  await expect.poll(async () => (await teller.ask('/ready')).status, { timeout: 10_000 }).toBe(503);
  expect(await ask()).toMatchObject({ status: 200 });
  expect((await teller.ask('/ready')).body).toMatch(/^envoy is unreachable$|is delivered and not proven$/m);
});
