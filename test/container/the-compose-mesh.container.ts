import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { startLoad } from '../../src/demo/load.ts';
import { docker, nodeIn, search } from './docker.ts';
import { type ComposeMesh, composeUp } from './mesh.ts';
import { needlesOf, searching } from './secrets.ts';

const ENDS = ['colorteller', 'colorgateway'] as const;
const YELLOW = { status: 200, body: 'yellow' };

let mesh: ComposeMesh;
beforeAll(async () => {
  mesh = await composeUp();
});
afterAll(() => mesh.down());

interface Status {
  readonly ready: boolean;
  readonly envoy: { readonly pid: number };
  readonly secrets: readonly { readonly kind: string; readonly stage: string; readonly certificates: readonly { readonly serial: string }[] }[];
}

async function status(service: string): Promise<Status> {
  return JSON.parse((await mesh.exec(service, '/usr/bin/mtls-agent', 'status', '--json')).stdout || '{"ready":false}') as Status;
}

async function serialOnTheWire(service: string): Promise<string | undefined> {
  const { secrets } = await status(service);
  return secrets.find(({ kind, stage }) => kind === 'identity' && stage === 'proven')?.certificates[0]?.serial;
}

test('a client gets a colour through both Envoys', async () => {
  await expect.poll(() => mesh.colour(), { timeout: 20_000 }).toEqual(YELLOW);
});

test('the check inside says mutual, and Envoy\'s admin is not even reached from the gateway (promise 43)', async () => {
  const { code, stdout } = await mesh.exec('colorteller', '/usr/bin/mtls-agent', 'stats', '--expect', 'mtls');
  expect(stdout).toMatch(/: pass: mutual TLS/);
  expect(code).toBe(0);
  const { stdout: refused } = await nodeIn(await mesh.id('colorgateway'), `require('node:net').connect(9901, 'colorteller.mtls.svc.cluster.local').on('error', ({ code }) => console.log(code));`);
  expect(refused).toBe('ECONNREFUSED\n');
  expect(await docker('port', await mesh.id('colorgateway'))).toMatch(/^9080\/tcp -> 127\.0\.0\.1:\d+\n$/);
  expect(await docker('port', await mesh.id('colorteller'))).toBe('');
});

test('ColorTeller is not in reach of clients, and refuses who comes without a certificate', async () => {
  const outside = await nodeIn(await mesh.id('load'), `require('node:net').connect(15000, 'colorteller.mtls.svc.cluster.local').on('error', ({ code }) => console.log(code));`);
  expect(outside.stdout).toBe('ENOTFOUND\n');
  const naked = await nodeIn(
    await mesh.id('colorgateway'),
    `const socket = require('node:tls').connect({ host: 'colorteller.mtls.svc.cluster.local', port: 15000, rejectUnauthorized: false });
     socket.on('secureConnect', () => socket.write('GET / HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n')).on('error', ({ code }) => console.log(code)).on('data', () => console.log('answered'));`,
  );
  expect(naked.stdout).toBe('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED\n');
});

test('both are healthy, run as 1337 without a capability or new privileges, on a root that cannot be written', async () => {
  for (const end of ENDS) {
    const id = await mesh.id(end);
    expect((await docker('inspect', '--format', '{{.State.Health.Status}}', id)).trim()).toBe('healthy');
    const { stdout } = await nodeIn(
      id,
      `const { readFileSync, writeFileSync, statSync } = require('node:fs');
       const line = (name) => new RegExp('^' + name + ':\\\\s*(.*)$', 'm').exec(readFileSync('/proc/1/status', 'utf8'))[1].split('\\t')[0];
       let root; try { writeFileSync('/x', ''); root = 'written'; } catch ({ code }) { root = code; }
       console.log(JSON.stringify({ uid: line('Uid'), caps: line('CapEff'), bounding: line('CapBnd'), privileges: line('NoNewPrivs'), root, mode: (statSync('/run/mtls-agent').mode & 0o777).toString(8) }));`,
    );
    expect(JSON.parse(stdout)).toEqual({ uid: '1337', caps: '0000000000000000', bounding: '0000000000000000', privileges: '1', root: 'EROFS', mode: '700' });
  }
});

test('rotations of both sides under load lose no request', async () => {
  const load = startLoad(await mesh.port('colorgateway'), systemClock);
  for (let round = 0; round < 3; round += 1) {
    for (const [end, service] of [['gateway', 'colorgateway'], ['teller', 'colorteller']] as const) {
      const { serial } = JSON.parse(await mesh.errand(`/renew/${end}`)) as { serial: string };
      await expect.poll(() => serialOnTheWire(service), { timeout: 20_000, interval: 500 }).toBe(serial);
    }
  }
  const outcomes = await load.stop();
  expect([...outcomes.keys()]).toEqual(['200']);
  expect(outcomes.get('200')).toBeGreaterThan(1_000);
});

describe('neither key nor passphrase is anywhere (promise 129)', () => {
  test('with delivery by SDS on no file system, in no environment, argument, log, layer or description', async () => {
    const aws = await mesh.id('aws');
    for (const [end, secretId] of [['colorteller', 'color/colorteller'], ['colorgateway', 'color/colorgateway']] as const) {
      const needles = await needlesOf(aws, secretId);
      const id = await mesh.id(end);
      const inside = await nodeIn(id, searching(needles));
      expect(inside).toEqual({ code: 0, stdout: '', stderr: '' });
      for (const args of [['inspect', id], ['logs', id], ['export', id], ['history', '--no-trunc', 'mtls-agent'], ['save', 'mtls-agent']]) {
        expect(await search(args, needles), args[0] ?? '').toEqual([]);
      }
    }
  });

  test('and the search would find them: in the container of the embedded AWS what it is given is found', async () => {
    const needle = Buffer.from('AWS_SECRET_ACCESS_KEY=embedded');
    const { stdout } = await nodeIn(await mesh.id('colorteller'), searching([needle]));
    expect(stdout.split('\n')).toContain('/proc/1/environ');
    expect(await search(['inspect', await mesh.id('colorteller')], [needle])).toEqual([needle]);
  });
});

const KILL_ENVOY = `const { readFileSync, readdirSync } = require('node:fs');
  const pid = readdirSync('/proc').find((name) => /^[0-9]+$/.test(name) && readFileSync('/proc/' + name + '/cmdline', 'utf8').startsWith('/usr/local/bin/envoy'));`;

test('an Envoy that is killed inside comes back, with its certificates', async () => {
  const before = await status('colorteller');
  expect((await nodeIn(await mesh.id('colorteller'), `${KILL_ENVOY} process.kill(Number(pid), 'SIGKILL');`)).code).toBe(0);
  await expect.poll(async () => (await status('colorteller')).envoy.pid, { timeout: 20_000 }).not.toBe(before.envoy.pid);
  await expect.poll(async () => (await status('colorteller')).ready, { timeout: 20_000 }).toBe(true);
  await expect.poll(() => mesh.colour(), { timeout: 20_000 }).toEqual(YELLOW);
});

test('an Envoy that the kernel kills at the memory limit is told so', async () => {
  const id = await mesh.id('colorteller');
  const exits = async (): Promise<string[]> => (await mesh.compose('logs', '--no-color', 'colorteller')).stdout.split('\n').filter((line) => line.includes('"event":"envoy-exited"'));
  const before = (await exits()).length;
  await docker('update', '--memory', '200m', '--memory-swap', '200m', id);
  // Envoy is made the first to go; then something else takes what is left, until it has gone
  await nodeIn(
    id,
    `${KILL_ENVOY} require('node:fs').writeFileSync('/proc/' + pid + '/oom_score_adj', '1000');
     const held = [];
     const alive = () => { try { process.kill(Number(pid), 0); return true; } catch { return false; } };
     while (alive() && held.length < 400) { held.push(Buffer.alloc(1 << 20, 1)); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5); }`,
  );
  await expect.poll(async () => (await exits()).slice(before), { timeout: 20_000 }).toEqual([expect.stringContaining('the memory limit of the container is reached')]);
  await docker('update', '--memory', '1g', '--memory-swap', '1g', id);
  await expect.poll(() => mesh.colour(), { timeout: 30_000 }).toEqual(YELLOW);
});

test('compose stop loses no request: clients end before the gateway drains, and each part ends by itself with 0', async () => {
  // counted from here on: the crashes above lost some
  const load = await mesh.id('load');
  await docker('restart', load);
  const since = (await docker('inspect', '--format', '{{.State.StartedAt}}', load)).trim();
  await expect.poll(async () => docker('logs', '--since', since, load), { timeout: 20_000 }).toMatch(/200/);
  expect((await mesh.compose('stop')).code).toBe(0);
  const { sum } = JSON.parse(/\{"sum":.*\}/.exec(await docker('logs', '--since', since, load))?.[0] ?? '{}') as { readonly sum?: Readonly<Record<string, number>> };
  expect(Object.keys(sum ?? {})).toEqual(['200']);
  for (const end of ENDS) expect(await docker('inspect', '--format', '{{.State.ExitCode}}', await mesh.stoppedId(end))).toBe('0\n');
});
