import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { createGzip } from 'node:zlib';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { markdown, median } from '../bench/table.ts';
import { changed, colorMesh, speaking } from '../fixtures/color-mesh.ts';
import { server, tellerBootstrap } from '../fixtures/envoy-pair.ts';
import { freePort } from '../fixtures/free-ports.ts';
import { createPki } from '../fixtures/pki.ts';
import { type End, type Mesh, createMesh } from '../fixtures/running-mesh.ts';
import { streamingApp } from '../fixtures/streaming-app.ts';
import { grpcTraffic } from '../fixtures/traffic.ts';
import { HOME, docker } from './docker.ts';
import { balance, httpLoad } from './load-balancer.ts';

const ROUNDS = 11;
const containers: string[] = [];
afterEach(async () => {
  for (const id of containers.splice(0)) await docker('rm', '--force', id);
});

const HARDENED = ['--network', 'host', '--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--tmpfs', '/run/mtls-agent:uid=1337,gid=1337,mode=0700', '--user', '1337:1337'];

/** `docker run -d`, its container removed after the test. */
async function start(args: readonly string[]): Promise<string> {
  const id = (await docker('run', '--detach', ...HARDENED, ...args)).trim();
  containers.push(id);
  return id;
}

interface AgentContainer {
  readonly id: string;
  readonly adminPort: number;
}

/** On the host's network, where the embedded AWS of the test listens. */
async function startAgentContainer(mesh: Mesh, end: End, changes: Readonly<Record<string, string>> = {}, args: readonly string[] = []): Promise<AgentContainer> {
  const { endpoint, environment } = await mesh.settingsOf(end);
  // for the containers' user to read
  await chmod(mesh.place, 0o755);
  const adminPort = await freePort();
  const env = { ...environment, PATH: '/usr/bin', MTLS_ENDPOINT: endpoint, MTLS_ADMIN: `127.0.0.1:${adminPort}`, ...changes };
  const flags = Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
  const id = await start(['--volume', `${HOME}/mesh:${HOME}/mesh:ro`, '--volume', `${mesh.place}:${mesh.place}:ro`, ...flags, 'mtls-agent', ...args, '--', '--concurrency', '1']);
  return { id, adminPort };
}

/** Resolves with the first TLS handshake on this port. */
async function firstHandshake(port: number): Promise<void> {
  for (;;) {
    const done = await new Promise<boolean>((resolve) => {
      const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
      socket.once('secureConnect', () => resolve(true)).once('error', () => resolve(false)).once('close', () => resolve(false));
      socket.once('secureConnect', () => socket.destroy());
    });
    if (done) return;
    await systemClock.sleep(2);
  }
}

async function ready({ adminPort }: AgentContainer): Promise<void> {
  await expect.poll(() => fetch(`http://127.0.0.1:${adminPort}/ready`).then(({ status }) => status, () => 0), { timeout: 30_000, interval: 50 }).toBe(200);
}

function print(title: string, table: string): void {
  process.stdout.write(`\n${title}\n\n${table}\n`);
}

/** Bytes of a path in the image, as a tar stream that gzip has packed, as a registry stores layers. */
async function packed(id: string, path: string): Promise<{ readonly plain: number; readonly packed: number }> {
  const copy = spawn('docker', ['cp', `${id}:${path}`, '-'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let plain = 0;
  let small = 0;
  const gzip = createGzip();
  copy.stdout.on('data', (chunk: Buffer) => (plain += chunk.length)).pipe(gzip);
  gzip.on('data', (chunk: Buffer) => (small += chunk.length));
  await once(gzip, 'end');
  return { plain, packed: small };
}

test('what the image adds to its base, part by part', { timeout: 120_000 }, async () => {
  const id = (await docker('create', 'mtls-agent')).trim();
  containers.push(id);
  const parts = { 'node': '/usr/bin/node', 'bundles and code caches': '/usr/lib/mtls-agent', 'C++ runtime': '/usr/lib/x86_64-linux-gnu/libstdc++.so.6', 'libgcc': '/usr/lib/x86_64-linux-gnu/libgcc_s.so.1', 'licences, bill of materials': '/usr/share/doc/mtls-agent' };
  const rows = [];
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(2)} MB`;
  let sum = 0;
  for (const [name, path] of Object.entries(parts)) {
    const size = await packed(id, path);
    sum += size.packed;
    rows.push([name, megabytes(size.plain), megabytes(size.packed)]);
  }
  print('added to the base', markdown(['part', 'plain', 'gzip'], [...rows, ['in all', '', megabytes(sum)]]));
});

test('docker run to the first handshake, beside a bare Envoy with static certificates', { timeout: 180_000 }, async () => {
  const mesh = await createMesh();
  const pki = await createPki();
  const port = await freePort();
  const bootstrap = JSON.parse(JSON.stringify(tellerBootstrap([server(pki.teller.leaf, [pki.gateway.root])]), (key, value: unknown) => (key === 'port_value' ? port : value))) as object;
  const file = join(mesh.place, 'static.json');
  writeFileSync(file, JSON.stringify(bootstrap), { mode: 0o644 });
  await chmod(mesh.place, 0o755);
  const runs: Record<'bare' | 'sds' | 'files', number[]> = { bare: [], sds: [], files: [] };
  const timed = async (kind: keyof typeof runs, begin: () => Promise<string>, at: number): Promise<void> => {
    const begun = performance.now();
    const started = begin();
    await firstHandshake(at);
    runs[kind].push(performance.now() - begun);
    await docker('rm', '--force', await started);
  };
  const bare = ['--volume', `${mesh.place}:${mesh.place}:ro`, '--entrypoint', '/usr/local/bin/envoy', process.env['ENVOY_IMAGE'] ?? '', '-c', file, '--concurrency', '1', '--disable-hot-restart', '-l', 'warning'];
  for (let round = 0; round < ROUNDS; round += 1) {
    await timed('bare', () => start(bare), port);
    for (const delivery of ['sds', 'files'] as const) await timed(delivery, async () => (await startAgentContainer(mesh, 'teller', { MTLS_DELIVERY: delivery })).id, mesh.ports.teller);
  }
  containers.length = 0;
  const row = (what: string, kind: keyof typeof runs): string[] => [what, `${median(runs[kind]).toFixed(0)} ms`, (median(runs[kind]) / median(runs.bare)).toFixed(2)];
  print(`docker run → first TLS handshake, medians of ${ROUNDS} interleaved runs`, markdown(['container', 'median', 'ratio'], [row('bare Envoy, static certificates', 'bare'), row('agent, SDS', 'sds'), row('agent, files', 'files')]));
});

test('Envoy killed to serving again, and memory', { timeout: 120_000 }, async () => {
  const mesh = await createMesh();
  const agent = await startAgentContainer(mesh, 'teller');
  await ready(agent);
  await systemClock.sleep(8_000);
  const processes = async (): Promise<{ readonly agent: number; readonly envoy: number }> => {
    const lines = (await docker('top', agent.id, '-eo', 'pid,args')).split('\n');
    const pid = (pattern: RegExp): number => Number(/^\s*(\d+)/.exec(lines.find((line) => pattern.test(line)) ?? '')?.[1]);
    return { agent: pid(/mtls-agent/), envoy: pid(/\/usr\/local\/bin\/envoy/) };
  };
  const memory = (pid: number): string[] => {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return ['VmRSS', 'RssAnon'].map((name) => `${(Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]) / 1024).toFixed(1)} MiB`);
  };
  const found = await processes();
  print('memory, idle, SDS', markdown(['process', 'resident', 'of it anonymous'], [['agent', ...memory(found.agent)], ['Envoy', ...memory(found.envoy)]]));
  const times: number[] = [];
  for (let round = 0; round < 4; round += 1) {
    const { envoy } = await processes();
    const begun = performance.now();
    process.kill(envoy, 'SIGKILL');
    // its listener closes with it: what connects next is the next Envoy
    await systemClock.sleep(5);
    await firstHandshake(mesh.ports.teller);
    times.push(performance.now() - begun);
    await ready(agent);
  }
  print('Envoy killed → first TLS handshake; the delay doubles with each crash within a minute', markdown(['crash', 'after'], times.map((ms, index) => [String(index + 1), `${ms.toFixed(0)} ms`])));
});

/** An application, some of whose answers take long. */
async function slowApp(): Promise<number> {
  const app = createServer((request, response) => void setTimeout(() => response.end('yellow'), request.url === '/slow' ? 700 : 0)).listen(0, '127.0.0.1');
  onTestFinished(() => {
    app.closeAllConnections();
    app.close();
  });
  await once(app, 'listening');
  return (app.address() as AddressInfo).port;
}

const CHECK = { protocol: 'http', path: '/healthz', intervalMillis: 5_000, timeoutMillis: 2_000, healthyThreshold: 2, unhealthyThreshold: 2 };

/** Two gateways before one ColorTeller; definitions and placement of each in files of their own. */
async function twoGateways(mesh: Mesh, protocol: 'http' | 'grpc'): Promise<readonly (AgentContainer & { readonly port: number })[]> {
  const files = speaking(colorMesh('mtls'), protocol);
  const checked = protocol === 'http' ? changed(files, 'mtls/colorgateway.json', 'spec.listeners.0.healthCheck', CHECK) : files;
  const folder = join(mesh.place, 'checked');
  await mkdir(folder);
  checked.forEach(({ text }, index) => writeFileSync(join(folder, `${index}.json`), text));
  const gateways = [];
  for (const name of ['a', 'b']) {
    const port = await freePort();
    const placement = join(mesh.place, `placement-${name}.json`);
    const teller = `127.0.0.1:${mesh.ports.teller}`;
    writeFileSync(placement, JSON.stringify({ placement: { 'virtualGateway/colorgateway': { listen: { 9080: `127.0.0.1:${port}` } }, 'virtualNode/colorteller': { reach: { 15000: teller }, listen: { 15000: teller }, app: '127.0.0.1:9' } } }));
    gateways.push({ ...(await startAgentContainer(mesh, 'gateway', { MTLS_MESH: `${folder},${placement}` }, ['--drain-wait', '1s'])), port });
  }
  await Promise.all(gateways.map(ready));
  return gateways;
}

const SHUTDOWNS = 10;

/** Each in turn is stopped and started, while the other serves. Resolves to the seconds that the stops took. */
async function stopInTurn(gateways: readonly AgentContainer[]): Promise<readonly number[]> {
  const seconds: number[] = [];
  for (let round = 0; round < SHUTDOWNS; round += 1) {
    const gateway = gateways[round % gateways.length]!;
    const begun = performance.now();
    await docker('stop', '--time', '30', gateway.id);
    seconds.push((performance.now() - begun) / 1_000);
    await docker('start', gateway.id);
    await ready(gateway);
    // the balancer has to see it
    await systemClock.sleep(1_000);
  }
  return seconds;
}

test('ten shutdowns behind a balancer, under load', { timeout: 300_000 }, async () => {
  const rows: string[][] = [];
  const tell = (what: string, outcomes: ReadonlyMap<string, number>, good: string, seconds: readonly number[]): void => {
    const sum = [...outcomes.values()].reduce((all, count) => all + count, 0);
    const lost = [...outcomes].filter(([outcome]) => outcome !== good).map(([outcome, count]) => `${count} × ${outcome}`);
    rows.push([what, String(sum), lost.length === 0 ? '0' : lost.join(', '), `${median(seconds).toFixed(1)} s`]);
  };

  const http = await createMesh({ appPort: await slowApp() });
  await ready(await startAgentContainer(http, 'teller'));
  const plain = await twoGateways(http, 'http');
  const balancer = balance(plain.map(({ port }) => ({ port, check: { port, path: '/healthz' } })));
  const load = httpLoad(balancer.pick);
  const took = await stopInTurn(plain);
  tell('HTTP/1.1: keep-alive, fresh connections, 700 ms requests', await load.stop(), '200', took);
  await balancer.stop();
  for (const id of containers.splice(0)) await docker('rm', '--force', id);

  const grpc = await createMesh({ protocol: 'grpc', appPort: await streamingApp() });
  await ready(await startAgentContainer(grpc, 'teller'));
  const streaming = await twoGateways(grpc, 'grpc');
  const second = balance(streaming.map(({ port, adminPort }) => ({ port, check: { port: adminPort, path: '/ready' } })));
  const streams = grpcTraffic(second.pick);
  const streamsTook = await stopInTurn(streaming);
  tell('gRPC streams of 3 s', await streams.stop(), 'ok', streamsTook);
  await second.stop();
  print(`${SHUTDOWNS} shutdowns behind a balancer that checks every 200 ms`, markdown(['load', 'requests', 'lost', 'a stop took'], rows));
});
