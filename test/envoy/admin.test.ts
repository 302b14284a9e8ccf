import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { envoyAdmin } from '../../src/envoy/admin.ts';
import { startFakeAdmin } from '../fixtures/fake-admin.ts';

const never = new AbortController().signal;

test('reads over a unix socket', async () => {
  const { address } = await startFakeAdmin({ 'GET /stats': 'a: 1\n' });
  expect(await envoyAdmin(address).get('/stats?filter=a', never)).toBe('a: 1\n');
});

test('reads over TCP (promise 42)', async () => {
  const server = createServer((_request, response) => response.end('a: 1\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  expect(await envoyAdmin(`127.0.0.1:${port}`).get('/stats', never)).toBe('a: 1\n');
  server.close();
});

test('posts what changes Envoy', async () => {
  const { address, asked } = await startFakeAdmin({ 'POST /healthcheck/fail': 'OK\n' });
  expect(await envoyAdmin(address).post('/healthcheck/fail', never)).toBe('OK\n');
  expect(asked).toEqual(['POST /healthcheck/fail']);
});

test.each(['LIVE', 'DRAINING', 'PRE_INITIALIZING', 'INITIALIZING'])('says %s whatever the status of /ready', async (state) => {
  const { address } = await startFakeAdmin({ 'GET /ready': { status: state === 'LIVE' ? 200 : 503, body: `${state}\n` } });
  expect(await envoyAdmin(address).state(never)).toBe(state);
});

test('what is no state of Envoy is an error', async () => {
  const { address } = await startFakeAdmin({ 'GET /ready': 'welcome to nginx' });
  await expect(envoyAdmin(address).state(never)).rejects.toMatchObject({ code: 'envoy-unreachable', message: expect.stringContaining('welcome') as string });
});

test('names the address and a likely fix when nobody listens', async () => {
  const failure = envoyAdmin('unix:/nonexistent/envoy-admin.sock').get('/stats', never);
  await expect(failure).rejects.toMatchObject({
    code: 'envoy-unreachable',
    message: expect.stringContaining('unix:/nonexistent/envoy-admin.sock') as string,
    hint: expect.stringContaining('MTLS_DIR') as string,
  });
});

test('a path that allow_paths hides is told with the way out', async () => {
  const { address } = await startFakeAdmin({ 'GET /certs': { status: 403, body: 'forbidden' } });
  await expect(envoyAdmin(address).get('/certs', never)).rejects.toMatchObject({
    message: expect.stringContaining('GET /certs with 403') as string,
    hint: expect.stringContaining('allow_paths') as string,
  });
});

test("rejects with the signal's own reason", async () => {
  const { address } = await startFakeAdmin({ 'GET /stats': 'a: 1\n' });
  const reason = new Error('enough');
  await expect(envoyAdmin(address).get('/stats', AbortSignal.abort(reason))).rejects.toBe(reason);
});

test.each(['', '9901', 'localhost', 'localhost:', 'localhost:0', 'localhost:65536', 'unix:', 'http://localhost:9901'])(
  'refuses the address %j as usage',
  (address) => expect(() => envoyAdmin(address)).toThrow(expect.objectContaining({ code: 'usage' })),
);

test.each(['127.0.0.1:9901', 'localhost:9901', '[::1]:9901', 'colorteller.mtls-ec2.svc.cluster.local:9901', 'unix:/run/a b.sock'])(
  'takes the address %s (promise 42)',
  (address) => expect(envoyAdmin(address).address).toBe(address),
);
