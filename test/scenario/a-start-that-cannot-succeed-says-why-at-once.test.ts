import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { executable } from '../fixtures/executable.ts';
import { envoyPath } from '../fixtures/real-envoy.ts';
import type { RunningAgent } from '../fixtures/running-agent.ts';
import { DELIVERIES, type Mesh, createMesh } from '../fixtures/running-mesh.ts';

/** An agent ends with `code` and says so in one line for people; `message` may be a part of it. */
async function refuses(agent: RunningAgent, code: number, message: string | RegExp): Promise<void> {
  expect(await agent.exited, agent.output()).toBe(code);
  const errors = (): string[] => agent.output().split('\n').filter((line) => line.startsWith('error: '));
  await expect.poll(errors, { timeout: 2_000 }).toHaveLength(1);
  expect(errors()[0]).toMatch(message);
}

/** Real Envoy's first page, said to be for a processor of 1990. */
async function foreignEnvoy(place: string): Promise<string> {
  const path = await executable(place, '');
  const [real, copy] = [await open(envoyPath()), await open(path, 'r+')];
  const page = Buffer.alloc(4096);
  await real.read(page, 0, page.length, 0);
  page.writeUInt16LE(0x02, 18);
  await copy.write(page, 0, page.length, 0);
  await Promise.all([real.close(), copy.close()]);
  return path;
}

const REFUSED = "error initializing configuration '/x': no such field: 'colour'";
/** What the real one does with a configuration that it does not take. */
const REFUSING = `case "$*" in *validate*) echo "[2026-11-23 12:00:00.000][1][critical][main] [source/server/server.cc:1] ${REFUSED}" >&2;; esac; exit 1`;

describe.each(DELIVERIES)('Envoy, with delivery by %s', (delivery) => {
  const ENVOYS: Readonly<Record<string, { envoy: (place: string) => Promise<string>; code: number; message?: RegExp }>> = {
    'is missing': { envoy: (place) => Promise.resolve(join(place, 'absent')), code: 78, message: /absent, which does not exist$/ },
    'is a folder': { envoy: (place) => Promise.resolve(place), code: 78, message: /, which is not a file$/ },
    'is not executable': { envoy: () => Promise.resolve('/proc/self/status'), code: 78, message: /, which is not executable for us$/ },
    'is for another processor': { envoy: foreignEnvoy, code: 78, message: /, which is a program for another processor, and this is \w+$/ },
    'refuses its configuration': { envoy: (place) => executable(place, REFUSING), code: 78, message: RegExp(`^error: envoy refuses its configuration: ${REFUSED}$`) },
    'ends at its start': { envoy: (place) => executable(place, 'exit 3'), code: 3 },
    'crashes at its start': { envoy: (place) => executable(place, 'kill -SEGV $$'), code: 139 },
  };

  test.each(Object.keys(ENVOYS))('%s', async (name) => {
    const { envoy, code, message } = ENVOYS[name]!;
    const { start, place, aws } = await createMesh({ state: 'one-way', delivery });
    const before = aws.calls.of('GetSecretValue').length;
    const agent = await start('teller', { environment: { MTLS_ENVOY: await envoy(place) } });
    if (message !== undefined) await refuses(agent, code, message);
    else expect(await agent.exited).toBe(code);
    // what is wrong with the binary is known before anything is asked of AWS
    if (/\bwhich\b/.test(message?.source ?? '')) expect(aws.calls.of('GetSecretValue')).toHaveLength(before);
  });
});

test('an Envoy that never becomes LIVE keeps the agent unready, and the log says what it said instead', async () => {
  const { start, place } = await createMesh({ state: 'one-way', delivery: 'files' });
  const agent = await start('teller', { environment: { MTLS_ENVOY: await executable(place, 'exec sleep 60') } });
  await expect.poll(() => agent.events().find(({ event }) => event === 'delivery-failed'), { timeout: 20_000 }).toMatchObject({
    code: 'envoy-not-live',
    message: expect.stringMatching(/^envoy is not LIVE after 10 s, its admin said: .*envoy-admin\.sock/) as string,
  });
  const { status, body } = await agent.ask('/ready');
  expect([status, body]).toEqual([503, expect.stringMatching(/delivered and not proven|unreachable|envoy is hanging/) as string]);
});

/** Settings that a process that holds keys does not start with (promises 128, 129). */
const UNSAFE: Readonly<Record<string, readonly [environment: Readonly<Record<string, string>>, message: RegExp]>> = {
  'a plain-HTTP endpoint': [{ AWS_ENDPOINT_URL: 'http://10.0.0.1:4566' }, /AWS_ENDPOINT_URL: "http:\/\/10\.0\.0\.1:4566" is plain HTTP and its host is not loopback/],
  'an inspector': [{ NODE_OPTIONS: '--inspect=127.0.0.1:0' }, /NODE_OPTIONS: --inspect opens an inspector/],
  'a preloaded module': [{ NODE_OPTIONS: '--require=node:os' }, /NODE_OPTIONS: --require runs other code/],
  'a report with the environment': [{ NODE_OPTIONS: '--report-on-signal' }, /NODE_OPTIONS: --report-on-signal writes reports/],
  'a heap snapshot': [{ NODE_OPTIONS: '--heapsnapshot-signal=SIGUSR2' }, /NODE_OPTIONS: --heapsnapshot-signal writes memory/],
  'a TLS client that accepts anybody': [{ NODE_TLS_REJECT_UNAUTHORIZED: '0' }, /NODE_TLS_REJECT_UNAUTHORIZED: "0" would accept any server/],
  'an unknown name': [{ MTLS_IDENTIY: 'secret:x' }, /MTLS_IDENTIY.*MTLS_IDENTITY/],
};

test.each(Object.keys(UNSAFE))('%s is refused, before anything is asked or started (promises 128, 129)', async (name) => {
  const [environment, message] = UNSAFE[name]!;
  const { start, aws } = await createMesh({ state: 'one-way' });
  const before = aws.calls.all.length;
  const agent = await start('teller', { environment });
  await refuses(agent, 78, message);
  expect(aws.calls.all).toHaveLength(before);
  expect(agent.output()).not.toContain('envoy-started');
});

test('a SIGUSR1 at any moment leaves no inspector in a process that fetches a key (promise 129)', async () => {
  const mesh = await createMesh({ state: 'one-way' });
  const verdicts = new Set<string>();
  for (const afterMs of [0, 15, 30, 45, 60, 90, 120, 180]) verdicts.add(await afterSignal(mesh, afterMs));
  expect([...verdicts].filter((verdict) => !['ended by the signal', 'refused', 'no inspector'].includes(verdict))).toEqual([]);
  expect(verdicts).toContain('no inspector');
});

async function afterSignal({ start, place }: Mesh, afterMs: number): Promise<string> {
  const agent = await start('teller', { directory: join(place, `signalled-${afterMs}`), environment: { MTLS_IDENTITY: 'secret:absent', MTLS_DELIVERY: 'files', MTLS_DEADLINE: '250ms' } });
  await systemClock.sleep(afterMs);
  agent.signal('SIGUSR1');
  const code = await agent.exited;
  if (code === 128 + 10) return 'ended by the signal';
  if (!agent.output().includes('Debugger listening')) return 'no inspector';
  return code === 78 && agent.output().includes("node's inspector is open") && !agent.output().includes('source-failed') ? 'refused' : `inspector, exit ${code}`;
}
