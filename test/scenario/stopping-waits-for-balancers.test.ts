import { type Server, createServer, get } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { runs } from '../fixtures/proc.ts';
import { changed, colorMesh, compiled, TELLER } from '../fixtures/color-mesh.ts';
import { freePort } from '../fixtures/free-ports.ts';
import { readyEnvoy } from '../fixtures/real-envoy.ts';
import { createMesh } from '../fixtures/running-mesh.ts';

async function application(): Promise<Server> {
  const server = createServer((_request, response) => response.end('yellow')).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return server;
}

interface Seen {
  readonly status: number;
  readonly closing: boolean;
  readonly failing: boolean;
}

function ask(port: number, path: string): Promise<Seen> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path }, (response) => {
      const { connection, 'x-envoy-immediate-health-check-fail': fail } = response.headers;
      response.resume().once('end', () => resolve({ status: response.statusCode ?? 0, closing: connection === 'close', failing: fail !== undefined }));
    }).once('error', reject);
  });
}

test("a definition's health check reaches the application until Envoy stops, and is failed from then on, while requests are served", async () => {
  const app = await application();
  const { port } = app.address() as AddressInfo;
  const check = { protocol: 'http', path: '/ping', intervalMillis: 5_000, timeoutMillis: 2_000, healthyThreshold: 2, unhealthyThreshold: 2 };
  const files = changed(changed(colorMesh('no-tls'), 'no-tls/colorteller.json', 'spec.listeners.0.healthCheck', check), 'placement.json', 'placement', {
    [TELLER]: { app: `127.0.0.1:${port}`, listen: { 15000: `127.0.0.1:${await freePort()}` } },
  });
  const { [TELLER]: teller } = await compiled(files);
  const { static_resources: resources } = teller!.bootstrap;
  const envoy = await readyEnvoy({ static_resources: resources });
  const listening = await envoy.port('lds_ingress_0.0.0.0_15000');
  expect(await ask(listening, '/ping')).toEqual({ status: 200, closing: false, failing: false });
  await envoy.admin.post('/healthcheck/fail', AbortSignal.timeout(5_000));
  expect(await ask(listening, '/ping')).toMatchObject({ status: 503, failing: true });
  expect(await ask(listening, '/other')).toEqual({ status: 200, closing: true, failing: true });
});

test('with --drain-wait new connections are served for as long as balancers need, whatever is rotated or asked meanwhile', async () => {
  const { start, ask: colour, renew } = await createMesh();
  const [teller, gateway] = await Promise.all([start('teller', { environment: { MTLS_DRAIN: '20s' }, options: ['--drain-wait', '2500ms'] }), start('gateway')]);
  await Promise.all([teller.ready(), gateway.ready()]);
  const begun = Date.now();
  teller.signal('SIGTERM');
  await expect.poll(async () => (await teller.ask('/ready')).body).toMatch(/^envoy is draining$/im);
  teller.signal('SIGHUP');
  await renew('teller');
  while (Date.now() - begun < 2_000) expect(await colour()).toMatchObject({ status: 200 });
  expect(await teller.exited).toBe(0);
  expect(Date.now() - begun).toBeGreaterThan(3_000);
  expect(teller.events().at(-1)).toMatchObject({ event: 'envoy-stopped', drained: true, killed: false });
});

test('a drain that is shorter than balancers need is warned of at the start', async () => {
  const { start } = await createMesh();
  const teller = await start('teller', { environment: { MTLS_DRAIN: '5s' }, options: ['--drain-wait', '10s'] });
  await teller.ready();
  expect(teller.events().find(({ event }) => event === 'configuration')).toMatchObject({ level: 'warn', message: expect.stringContaining('balancers need 10 s') as string });
});

test('SIGTERM while AWS keeps a start waiting ends both at once with 0', async () => {
  let slow = false;
  const { start } = await createMesh({ fault: ({ service }) => (slow && service === 'secretsmanager' ? { kind: 'delay', ms: 60_000 } : undefined) });
  slow = true;
  const teller = await start('teller');
  await expect.poll(() => teller.events().some(({ event }) => event === 'envoy-started'), { timeout: 10_000 }).toBe(true);
  const pid = Number(teller.events().find(({ event }) => event === 'envoy-started')?.['pid']);
  teller.signal('SIGTERM');
  expect(await teller.exited).toBe(0);
  expect(runs(pid)).toBe(false);
});

test('SIGTERM in the first moments ends with 0 and leaves nothing', async () => {
  const { start } = await createMesh();
  for (const afterMs of [60, 90, 120, 160, 220]) {
    const teller = await start('teller');
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    teller.signal('SIGTERM');
    expect([0, 143]).toContain(await teller.exited);
    expect(teller.output()).not.toMatch(/error:/);
    const pid = teller.events().find(({ event }) => event === 'envoy-started')?.['pid'];
    if (typeof pid === 'number') expect(runs(pid)).toBe(false);
  }
});
