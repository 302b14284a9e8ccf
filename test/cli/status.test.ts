import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { transcript } from '../fixtures/transcript.ts';

/** What an agent answers at /status; returns the environment that leads there. */
async function agent(body: string): Promise<Record<string, string>> {
  const server = createServer((_request, response) => response.end(body)).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  return { MTLS_ADMIN: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const HEALTHY = { endpoint: 'virtualNode/n', ready: true, healthy: true, envoy: { state: 'running', pid: 1 }, secrets: [] };

it('prints what the agent holds for people, and with --json what it answers', async () => {
  const env = await agent(JSON.stringify(HEALTHY));
  expect(await transcript(['status'], env)).toEqual({ code: 0, stdout: 'virtualNode/n  ready\nenvoy  running, pid 1\n', stderr: '' });
  expect(JSON.parse((await transcript(['status', '--json'], env)).stdout)).toEqual(HEALTHY);
});

it('--health passes as long as the agent says so, and fails with its reason', async () => {
  expect(await transcript(['status', '--health'], await agent(JSON.stringify({ ...HEALTHY, ready: false, reason: 'expired' })))).toMatchObject({ code: 0, stdout: 'healthy\n' });
  expect(await transcript(['status', '--health'], await agent(JSON.stringify({ ...HEALTHY, healthy: false, unhealthyReason: 'envoy is hanging' })))).toMatchObject({ code: 1, stdout: 'unhealthy: envoy is hanging\n' });
});

it('--health fails where nobody answers, or somebody else', async () => {
  expect(await transcript(['status', '--health'], { MTLS_ADMIN: '127.0.0.1:1' })).toMatchObject({ code: 1, stderr: '', stdout: expect.stringMatching(/^unhealthy: no agent answers/) as string });
  expect((await transcript(['status', '--health'], await agent('<html>'))).code).toBe(1);
});

it('says that no agent answers, with 69', async () => {
  expect(await transcript(['status'], { MTLS_ADMIN: '127.0.0.1:1' })).toMatchObject({ code: 69, stderr: expect.stringMatching(/^error: no agent answers at 127\.0\.0\.1:1 .*ECONNREFUSED.*\nhint: /) as string });
});

it('cannot ask an agent whose MTLS_ADMIN is off (78)', async () => {
  expect((await transcript(['status'], { MTLS_ADMIN: 'off' })).code).toBe(78);
});

it.each([[['x']], [['--watch', '--health']], [['--helth']]])('refuses %j as usage', async (args) => {
  expect((await transcript(['status', ...args])).code).toBe(64);
});
