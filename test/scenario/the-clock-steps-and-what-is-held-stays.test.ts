import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runAgent } from '../../src/agent.ts';
import { type Clock, systemClock } from '../../src/clock.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { createStopRequest } from '../../src/envoy/stop-request.ts';
import { freePort } from '../fixtures/free-ports.ts';
import { envoyPath } from '../fixtures/real-envoy.ts';
import type { StatusReport } from '../fixtures/running-agent.ts';
import { DELIVERIES, createMesh } from '../fixtures/running-mesh.ts';

const HOUR_MS = 3_600_000;

/** The machine's clock, whose date somebody sets; what runs on monotonic time does not notice, as when a machine sleeps. */
function steppingClock(): Clock & { stepMs: number } {
  const clock = { ...systemClock, stepMs: 0, now: () => new Date(Date.now() + clock.stepMs) };
  return clock;
}

/** The agent in this process, with a clock of ours and everything else real. */
async function inHouse(clock: Clock, mesh: Awaited<ReturnType<typeof createMesh>>): Promise<{ readonly status: () => Promise<StatusReport>; readonly ready: () => Promise<number>; readonly hangup: () => void; readonly log: () => string }> {
  const { endpoint, directory, environment } = await mesh.settingsOf('teller');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const port = await freePort();
  const env = { ...environment, MTLS_ENDPOINT: endpoint, MTLS_DIR: directory, MTLS_ENVOY: envoyPath(), MTLS_ADMIN: `127.0.0.1:${port}`, MTLS_DRAIN: '0s' };
  const stop = createStopRequest();
  const said: string[] = [];
  const note = (event: string, facts: object = {}): void => void said.push(JSON.stringify({ event, ...facts }));
  let hangup = (): void => undefined;
  const over = runAgent(await parseConfig(env), { envoy: { file: undefined, rest: ['--concurrency', '1', '--log-path', join(mesh.place, 'envoy.log')] }, drainWaitMs: undefined }, {
    env,
    clock,
    random: Math.random,
    log: { debug: note, info: note, warn: note, error: note },
    uid: process.getuid?.() ?? 0,
    pid1: false,
    inspected: () => false,
    releaseMemory: () => undefined,
    stop,
    signals(handlers) {
      hangup = handlers.hangup;
      return () => undefined;
    },
  });
  onTestFinished(async () => {
    stop.stop('the test is over');
    expect(await over).toBe(0);
  });
  const fetchOf = async (path: string): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`);
  return {
    status: async () => (await (await fetchOf('/status')).json()) as StatusReport,
    ready: () => fetchOf('/ready').then(({ status }) => status, () => 0),
    hangup: () => hangup(),
    log: () => said.join('\n'),
  };
}

test.each(DELIVERIES)('by %s: hours forward, hours back, and a rotation after each', { timeout: 60_000 }, async (delivery) => {
  const mesh = await createMesh({ delivery });
  const clock = steppingClock();
  const agent = await inHouse(clock, mesh);
  const gateway = await mesh.start('gateway');
  await gateway.ready();
  await expect.poll(agent.ready, { timeout: 20_000 }).toBe(200);
  const { pid } = (await agent.status()).envoy;
  const identity = async (): Promise<unknown> => (await agent.status()).secrets.find(({ kind }) => kind === 'identity');

  clock.stepMs = 5 * HOUR_MS;
  expect(await agent.ready()).toBe(200);
  const second = await mesh.renew('teller');
  agent.hangup();
  await expect.poll(identity, { timeout: 10_000 }).toMatchObject({ stage: 'proven', sourceVersion: second.version });

  // a certificate of this minute is not yet valid for a clock that lags: what is held stays, and it is told why
  clock.stepMs = -5 * HOUR_MS;
  const third = await mesh.renew('teller');
  agent.hangup();
  await expect.poll(identity, { timeout: 10_000 }).toMatchObject({ stage: 'proven', sourceVersion: second.version, problem: { code: 'certificate-not-yet-valid' } });
  expect(await mesh.ask()).toMatchObject({ status: 200 });

  clock.stepMs = 0;
  agent.hangup();
  await expect.poll(identity, { timeout: 10_000 }).toMatchObject({ stage: 'proven', sourceVersion: third.version });
  expect((await agent.status()).envoy.pid).toBe(pid);
  expect(await mesh.ask()).toMatchObject({ status: 200 });
  expect(agent.log()).not.toContain('envoy-exited');
});

test('a clock beyond the end of the certificate makes the endpoint unready and says so, and one that comes back makes it ready', async () => {
  const mesh = await createMesh();
  const clock = steppingClock();
  const agent = await inHouse(clock, mesh);
  await expect.poll(agent.ready, { timeout: 20_000 }).toBe(200);
  clock.stepMs = 400 * 24 * HOUR_MS;
  expect(await agent.ready()).toBe(503);
  expect((await agent.status()).reason).toMatch(/has expired$/);
  clock.stepMs = 0;
  expect(await agent.ready()).toBe(200);
});
