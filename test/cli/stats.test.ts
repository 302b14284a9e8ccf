import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { statsCommand } from '../../src/cli/stats.ts';
import { type Answers, type FakeAdmin, startFakeAdmin } from '../fixtures/fake-admin.ts';

const MUTUAL = `listener.0.0.0.0_15000.ssl.connection_error: 0
listener.0.0.0.0_15000.ssl.fail_verify_no_cert: 0
listener.0.0.0.0_15000.ssl.handshake: 1
listener.0.0.0.0_15000.ssl.no_certificate: 0
listener.0.0.0.0_15000.ssl.sigalgs.ecdsa_secp256r1_sha256: 1
`;
const ONE_WAY = `listener.0.0.0.0_15001.ssl.handshake: 2
listener.0.0.0.0_15001.ssl.no_certificate: 2
`;

interface Transcript {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function stats(args: readonly string[], env: Record<string, string> = {}, cwd?: string): Promise<Transcript> {
  const said = { stdout: '', stderr: '' };
  const code = await statsCommand.run(args, {
    stdout: (text) => void (said.stdout += text),
    stderr: (text) => void (said.stderr += text),
    env,
    signal: new AbortController().signal,
    clock: systemClock,
    colour: false,
    ...(cwd !== undefined && { cwd }),
  });
  return { code, ...said };
}

/** An Envoy that says this, started at that time. */
function envoy(text: string | (() => string), startedAt = '2026-11-23T21:36:24.108Z'): Promise<FakeAdmin> {
  const config = { configs: [{ '@type': 'x.BootstrapConfigDump', last_updated: startedAt }] };
  const answers: Answers = { 'GET /stats': text, 'GET /config_dump': JSON.stringify(config) };
  return startFakeAdmin(answers);
}

test("prints Envoy's own lines, then the verdict (promises 44, 97)", async () => {
  const { address } = await envoy(MUTUAL);
  expect(await stats(['--expect', 'mtls', '--admin', address])).toEqual({
    code: 0,
    stderr: '',
    stdout: `listener.0.0.0.0_15000.ssl.handshake: 1
listener.0.0.0.0_15000.ssl.no_certificate: 0
listener.0.0.0.0_15000.ssl.sigalgs.ecdsa_secp256r1_sha256: 1
listener.0.0.0.0_15000: pass: mutual TLS (1 handshake, 0 without a client certificate, 1 signed by a client)
`,
  });
});

test('asks Envoy for the counters of listeners only (promise 42)', async () => {
  const { address, asked } = await envoy(MUTUAL);
  await stats(['--expect', 'mtls', '--admin', address]);
  expect(asked.map(decodeURIComponent)).toEqual(['GET /stats?filter=^listener\\..*\\.ssl\\.']);
});

test('exits 1 when a listener contradicts the expectation (promise 101)', async () => {
  const { address } = await envoy(MUTUAL);
  const { code, stdout } = await stats(['--expect', 'one-way', '--admin', address]);
  expect(code).toBe(1);
  expect(stdout).toContain('fail: mutual TLS, expected one-way TLS');
});

test('exits 3 without any TLS connection and shows the refusals (promise 49)', async () => {
  const refused = MUTUAL.replace('no_cert: 0', 'no_cert: 208').replace(/handshake: 1|sha256: 1/g, (found) => found.replace('1', '0'));
  const { address } = await envoy(refused);
  const { code, stdout } = await stats(['--expect', 'mtls', '--admin', address]);
  expect(code).toBe(3);
  expect(stdout).toContain('listener.0.0.0.0_15000.ssl.fail_verify_no_cert: 208\n');
  expect(stdout).toContain('no evidence: no TLS connection yet\n');
});

test('without a TLS listener there is nothing to judge, whatever the clusters count', async () => {
  const { address } = await envoy(MUTUAL.replaceAll('listener.', 'cluster.'));
  expect(await stats(['--expect', 'mtls', '--admin', address])).toEqual({
    code: 3,
    stdout: '',
    stderr: `error: no listener of envoy at ${address} terminates TLS\nhint: a listener without TLS, or whose secret has not arrived yet, has no ssl counters\n`,
  });
});

test('--listener judges one listener, with or without the word listener (promise 103)', async () => {
  const { address } = await envoy(MUTUAL + ONE_WAY);
  const judged = async (prefix: string): Promise<number> => (await stats(['--expect', 'mtls', '--admin', address, '--listener', prefix])).code;
  expect([await judged('0.0.0.0_15000'), await judged('listener.0.0.0.0_15000'), await judged('0.0.0.0_15001')]).toEqual([0, 0, 1]);
});

test('a listener that is not there is no evidence, and the others are named', async () => {
  const { address } = await envoy(MUTUAL + ONE_WAY);
  const { code, stderr } = await stats(['--expect', 'mtls', '--admin', address, '--listener', '0.0.0.0_1500']);
  expect(code).toBe(3);
  expect(stderr).toContain('hint: it has 0.0.0.0_15000, 0.0.0.0_15001\n');
});

test('--json carries verdict, numbers and counters', async () => {
  const { address } = await envoy(ONE_WAY);
  const { code, stdout } = await stats(['--expect', 'one-way', '--admin', address, '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    expect: 'one-way',
    admin: address,
    listeners: [
      {
        listener: '0.0.0.0_15001',
        kind: 'one-way',
        outcome: 'pass',
        handshake: 2,
        noCertificate: 2,
        clientSignatures: 0,
        counters: { 'listener.0.0.0.0_15001.ssl.handshake': 2, 'listener.0.0.0.0_15001.ssl.no_certificate': 2 },
      },
    ],
  });
});

test('--since judges only what happened since --save (promise 103)', async () => {
  let text = ONE_WAY;
  const { address, directory } = await envoy(() => text);
  const saved = await stats(['--expect', 'one-way', '--admin', address, '--save', 'before.json'], {}, directory);
  expect(saved.code).toBe(0);
  const since = ['--expect', 'mtls', '--admin', address, '--since', 'before.json'];
  expect((await stats(since, {}, directory)).code).toBe(3);
  text = 'listener.0.0.0.0_15001.ssl.handshake: 5\nlistener.0.0.0.0_15001.ssl.no_certificate: 2\nlistener.0.0.0.0_15001.ssl.sigalgs.ed25519: 3\n';
  const after = await stats(since, {}, directory);
  expect(after.code).toBe(0);
  expect(after.stdout).toContain('ssl.handshake: 5\n');
  expect(after.stdout).toContain('pass: mutual TLS (3 handshakes, 0 without a client certificate, 3 signed by a client)');
});

test('an Envoy that was restarted since --save is noticed, and is no evidence (promise 103)', async () => {
  const first = await envoy(MUTUAL);
  const file = join(first.directory, 'before.json');
  await stats(['--expect', 'mtls', '--admin', first.address, '--save', file]);
  const second = await envoy(MUTUAL.replace('handshake: 1', 'handshake: 9'), '2026-11-23T22:00:00.000Z');
  await expect(stats(['--expect', 'mtls', '--admin', second.address, '--since', file])).rejects.toMatchObject({ exitCode: 3 });
});

test("without --admin it finds our own Envoy's socket in MTLS_DIR", async () => {
  const { directory } = await envoy(MUTUAL);
  expect((await stats(['--expect', 'mtls'], { MTLS_DIR: directory })).code).toBe(0);
});

test('without a socket in MTLS_DIR it asks 127.0.0.1:9901', async () => {
  const io = { MTLS_DIR: '/nonexistent' };
  // the port may be free or taken here: --json of whoever answers, or the error, names the address
  const said = await stats(['--expect', 'mtls', '--json'], io).then(({ stdout, stderr }) => stdout + stderr, String);
  expect(said).toContain('127.0.0.1:9901');
});

test('an admin that cannot be reached exits 69', async () => {
  await expect(stats(['--expect', 'mtls', '--admin', 'unix:/nonexistent'])).rejects.toMatchObject({ exitCode: 69 });
});

test.each([
  [[], '--expect is missing'],
  [['--expect', 'mutual'], "--expect cannot be 'mutual'"],
  [['--expect', 'mtls', 'extra'], "unexpected argument 'extra'"],
  [['--expect', 'mtls', '--listeners', 'x'], '--listeners'],
  [['--expect', 'mtls', '--admin', '9901'], "'9901'"],
])('refuses %j as usage', async (args, message) => {
  await expect(stats(args)).rejects.toMatchObject({ exitCode: 64, message: expect.stringContaining(message) as string });
});
