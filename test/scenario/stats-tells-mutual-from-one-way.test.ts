import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { statsCommand } from '../../src/cli/stats.ts';
import { startPair } from '../fixtures/envoy-pair.ts';
import { readyEnvoy, type RealEnvoy } from '../fixtures/real-envoy.ts';

interface Transcript {
  readonly code: number;
  readonly stdout: string;
}

async function stats(envoy: RealEnvoy, ...args: string[]): Promise<Transcript> {
  let stdout = '';
  const code = await statsCommand.run([...args, '--admin', envoy.admin.address], {
    stdout: (text) => void (stdout += text),
    stderr: () => undefined,
    env: {},
    signal: new AbortController().signal,
    clock: systemClock,
    colour: false,
  });
  return { code, stdout };
}

async function both(envoy: RealEnvoy, ...args: string[]): Promise<readonly number[]> {
  return [(await stats(envoy, '--expect', 'mtls', ...args)).code, (await stats(envoy, '--expect', 'one-way', ...args)).code];
}

test('one-way: every handshake is one without a client certificate (promises 45-48)', async () => {
  const { teller, request } = await startPair('one-way');
  expect([await request(), await request()]).toEqual([200, 200]);
  expect(await both(teller)).toEqual([1, 0]);
  const { stdout } = await stats(teller, '--expect', 'one-way');
  expect(stdout).toBe(
    [
      'listener.0.0.0.0_15000.ssl.handshake: 2',
      'listener.0.0.0.0_15000.ssl.no_certificate: 2',
      'listener.0.0.0.0_15000: pass: one-way TLS (2 handshakes, 2 without a client certificate, 0 signed by a client)',
      '',
    ].join('\n'),
  );
});

test('mutual: no handshake is without a client certificate, and clients have signed (promises 97-101)', async () => {
  const { teller, request } = await startPair('mutual');
  expect([await request(), await request()]).toEqual([200, 200]);
  expect(await both(teller)).toEqual([0, 1]);
  const { stdout } = await stats(teller, '--expect', 'mtls');
  expect(stdout).toContain('listener.0.0.0.0_15000.ssl.handshake: 2\nlistener.0.0.0.0_15000.ssl.no_certificate: 0\n');
});

test('no connection yet is no evidence in either mode (promise 49)', async () => {
  const { teller } = await startPair('mutual');
  expect(await both(teller)).toEqual([3, 3]);
});

test("the gateway's cluster counts handshakes and signatures in both modes, and is no evidence (promise 103)", async () => {
  const { gateway, request } = await startPair('one-way');
  await request();
  expect(await gateway.stats('ssl.sigalgs')).toMatch(/^cluster\.teller-0\.ssl\.sigalgs\.\S+: 1$/m);
  expect(await both(gateway)).toEqual([3, 3]);
});

test('judges what came since a saved state, and notices that Envoy was restarted (promise 103)', async () => {
  const { teller, request, tellerBootstrap } = await startPair('mutual');
  await request();
  const file = join(teller.directory, 'before.json');
  await stats(teller, '--expect', 'mtls', '--save', file);
  expect(await both(teller, '--since', file)).toEqual([3, 3]);
  await request();
  expect(await both(teller, '--since', file)).toEqual([0, 1]);
  const again = await readyEnvoy(tellerBootstrap);
  await expect(stats(again, '--expect', 'mtls', '--since', file)).rejects.toMatchObject({ code: 'no-evidence' });
});
