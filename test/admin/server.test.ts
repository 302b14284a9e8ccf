import { request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LateMetrics } from '../../src/admin/late-metrics.ts';
import { type AdminServer, serveAdmin } from '../../src/admin/server.ts';
import { AgentError } from '../../src/errors.ts';
import { StatusBoard, initialStatus } from '../../src/status.ts';
import { FakeClock } from '../fixtures/fake-clock.ts';
import { manifestSecret } from '../fixtures/pipeline.ts';

let clock: FakeClock;
let status: StatusBoard;
let envoy: string;
let metrics: LateMetrics;
let server: AdminServer;
beforeEach(async () => {
  clock = new FakeClock();
  status = new StatusBoard(initialStatus('virtualNode/colorteller', []));
  status.note({ kind: 'envoy', state: 'running', pid: 42 });
  envoy = 'LIVE';
  metrics = new LateMetrics(status);
  server = await serveAdmin({ host: '127.0.0.1', port: 0 }, { clock, status, metrics, envoyState: () => Promise.resolve(envoy) });
});
afterEach(() => server.close());

interface Reply {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

function ask(path: string, method = 'GET'): Promise<Reply> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port: server.port, path, method, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (piece: string) => (body += piece));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }));
    })
      .on('error', reject)
      .end();
  });
}

describe('/live', () => {
  it('is 200 while the loop turns, and to the last moment in which it may be silent', async () => {
    status.note({ kind: 'turn', silentUntilMs: 180_000 });
    await clock.advance(180_000);
    expect(await ask('/live')).toMatchObject({ status: 200, body: 'live\n' });
    await clock.advance(1);
    expect(await ask('/live')).toMatchObject({ status: 503, body: 'the loop has not turned for longer than it may\n' });
  });

  it('has nothing to do with what is held', async () => {
    status.note({ kind: 'envoy', state: 'exited' });
    expect((await ask('/live')).status).toBe(200);
  });
});

describe('/ready', () => {
  it('is 200 when all is proven and Envoy is LIVE', async () => {
    expect(await ask('/ready')).toMatchObject({ status: 200, body: 'ready\n' });
  });

  it.each(['DRAINING', 'INITIALIZING', 'unreachable'])('is 503 with the reason when Envoy is %s', async (state) => {
    envoy = state;
    expect(await ask('/ready')).toMatchObject({ status: 503, body: `envoy is ${state}\n` });
  });

  it('is 503 with the reason when something is missing, and does not trouble Envoy then', async () => {
    await server.close();
    const bare = new StatusBoard(initialStatus('virtualNode/colorteller', [{ secret: manifestSecret('trust', 'trust'), sources: [] }]));
    bare.note({ kind: 'envoy', state: 'running' });
    server = await serveAdmin({ host: '127.0.0.1', port: 0 }, { clock, status: bare, metrics, envoyState: () => Promise.reject(new Error('was asked')) });
    expect(await ask('/ready')).toMatchObject({ status: 503, body: 'trust trust is missing\n' });
  });

  it('must not be kept by anybody', async () => {
    expect((await ask('/ready')).headers).toMatchObject({ 'cache-control': 'no-store', 'content-type': 'text/plain; charset=utf-8' });
  });
});

it('/status is the JSON document', async () => {
  const { status: code, headers, body } = await ask('/status?pretty');
  expect([code, headers['content-type']]).toEqual([200, 'application/json']);
  expect(JSON.parse(body)).toMatchObject({ endpoint: 'virtualNode/colorteller', ready: true, envoy: { state: 'running', pid: 42 }, secrets: [] });
});

it('/ is a page for people that loads nothing from anywhere, and says what /ready says', async () => {
  const { status: code, headers, body } = await ask('/');
  expect([code, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  expect(headers['content-security-policy']).toMatch(/^default-src 'none'/);
  expect(body).toContain('<h1>virtualNode/colorteller</h1> <b class="good">ready</b>');
  envoy = 'DRAINING';
  expect((await ask('/')).body).toContain('<p class="bad">envoy is DRAINING</p>');
});

describe('the server', () => {
  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('is read-only: %s is refused and changes nothing', async (method) => {
    expect(await ask('/ready', method)).toMatchObject({ status: 405, body: 'read-only: use GET\n' });
  });

  it('answers HEAD as GET, without a body', async () => {
    expect(await ask('/ready', 'HEAD')).toMatchObject({ status: 200, body: '' });
    envoy = 'DRAINING';
    expect(await ask('/ready', 'HEAD')).toMatchObject({ status: 503, body: '' });
  });

  it.each(['/index.html', '/metric', '/../etc/passwd'])('knows no %s, and says what it knows', async (path) => {
    expect(await ask(path)).toMatchObject({ status: 404, body: expect.stringContaining('/ready') as string });
  });

  it.each(['//', '//[', 'http://[::1/', '*'])('survives the request target %s', async (target) => {
    await new Promise<void>((resolve, reject) => {
      const socket = connect(server.port, '127.0.0.1', () => socket.end(`GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`));
      socket.on('close', () => resolve()).on('error', reject).resume();
    });
    expect((await ask('/ready')).status).toBe(200);
  });

  it('says 500 and goes on when Envoy cannot be asked at all', async () => {
    await server.close();
    server = await serveAdmin({ host: '127.0.0.1', port: 0 }, { clock, status, metrics, envoyState: () => Promise.reject(new Error('odd')) });
    expect(await ask('/ready')).toMatchObject({ status: 500 });
    expect((await ask('/live')).status).toBe(200);
  });

  it('names the address that is taken, and the variable', async () => {
    const taken = serveAdmin({ host: '127.0.0.1', port: server.port }, { clock, status, metrics, envoyState: () => Promise.resolve('LIVE') });
    await expect(taken).rejects.toThrow(AgentError);
    await expect(taken).rejects.toMatchObject({ code: 'address-in-use', message: expect.stringContaining(`127.0.0.1:${server.port} (MTLS_ADMIN)`) as string });
  });

  it('closes although a client keeps its connection', async () => {
    const idle = connect(server.port, '127.0.0.1');
    const closed = new Promise((resolve) => idle.on('close', resolve).on('error', () => undefined));
    await new Promise((resolve) => idle.once('connect', resolve));
    await ask('/live');
    await server.close();
    await closed;
  });
});

it('/metrics is in the format that Prometheus reads', async () => {
  const { headers, body } = await ask('/metrics');
  expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(body).toContain('# TYPE mtls_agent_reconciles_total counter');
});
