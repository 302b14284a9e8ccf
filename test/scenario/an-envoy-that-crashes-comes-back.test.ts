import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DELIVERIES, createMesh, startMesh } from '../fixtures/running-mesh.ts';
import type { RunningAgent } from '../fixtures/running-agent.ts';

async function envoyOf(agent: RunningAgent): Promise<number> {
  return (await agent.status()).envoy.pid;
}

/** Resolves to the pid of the Envoy that came after `pid`. */
async function nextEnvoy(agent: RunningAgent, pid: number): Promise<number> {
  await expect.poll(() => envoyOf(agent), { timeout: 10_000, interval: 10 }).not.toBe(pid);
  return envoyOf(agent);
}

describe.each(DELIVERIES)('by %s', (delivery) => {
  test('an Envoy that is killed is started again with the newest material, proven before the agent is ready', async () => {
    const { teller, gateway, ask, renew } = await startMesh({ delivery });
    const first = await envoyOf(teller);
    process.kill(first, 'SIGKILL');
    await expect.poll(async () => (await teller.ask('/ready')).status, { interval: 5 }).toBe(503);
    const second = await nextEnvoy(teller, first);
    await teller.ready();
    await expect.poll(async () => (await ask()).status, { timeout: 5_000 }).toBe(200);
    const { version } = await renew('teller');
    teller.signal('SIGHUP');
    await teller.took(version);
    process.kill(second, 'SIGSEGV');
    await nextEnvoy(teller, second);
    await teller.took(version);
    await teller.ready();
    await expect.poll(async () => (await ask()).status, { timeout: 5_000 }).toBe(200);
    expect((await teller.ask('/metrics')).body).toContain('mtls_agent_envoy_restarts_total 2');
    expect(teller.events().filter(({ event }) => event === 'envoy-restarts').map(({ code }) => code)).toEqual([137, 139]);
    expect((await gateway.ask('/ready')).status).toBe(200);
  });

  test('it comes back while AWS does not answer: what is held is enough', async () => {
    let silent = false;
    const { teller } = await startMesh({ delivery, fault: () => (silent ? { kind: 'server-error' } : undefined) });
    silent = true;
    const first = await envoyOf(teller);
    process.kill(first, 'SIGKILL');
    await nextEnvoy(teller, first);
    await teller.ready();
  });
});

test('the fifth crash within a minute ends the agent with 128 + 9', async () => {
  const { start } = await createMesh();
  const teller = await start('teller');
  await teller.ready();
  let pid = await envoyOf(teller);
  for (let crash = 1; crash <= 5; crash += 1) {
    process.kill(pid, 'SIGKILL');
    if (crash < 5) pid = await nextEnvoy(teller, pid);
  }
  expect(await teller.exited).toBe(137);
  expect(teller.events().find(({ event }) => event === 'stopping')).toMatchObject({ reason: 'envoy has crashed 5 times within 60 s' });
  expect(readdirSync(teller.directory)).toEqual([]);
});

test('an Envoy that somebody asks to quit ends its agent with 0', async () => {
  const { start } = await createMesh();
  const teller = await start('teller');
  await teller.ready();
  await teller.envoy.post('/quitquitquit', AbortSignal.timeout(5_000));
  expect(await teller.exited).toBe(0);
});

test('SIGTERM during the delay of a restart ends both at once', async () => {
  const { start } = await createMesh();
  const teller = await start('teller');
  await teller.ready();
  for (let crash = 1, pid = await envoyOf(teller); crash <= 3; crash += 1) {
    process.kill(pid, 'SIGKILL');
    pid = await nextEnvoy(teller, pid);
  }
  process.kill(await envoyOf(teller), 'SIGKILL');
  await expect.poll(async () => (await teller.status()).envoy.state, { interval: 5 }).toBe('restarting');
  teller.signal('SIGTERM');
  expect(await teller.exited).toBe(0);
});

test('an Envoy whose admin is silent is hanging, not ready, and replaced within a minute', { timeout: 90_000 }, async () => {
  const { teller, ask } = await startMesh();
  const first = await envoyOf(teller);
  process.kill(first, 'SIGSTOP');
  await expect.poll(async () => (await teller.status()).envoy.state, { timeout: 15_000, interval: 100 }).toBe('hanging');
  expect((await teller.ask('/ready')).status).toBe(503);
  await expect.poll(() => envoyOf(teller), { timeout: 50_000, interval: 100 }).not.toBe(first);
  await teller.ready();
  expect((await ask()).status).toBe(200);
});

test('an Envoy, and then an agent, that is stopped and goes on is left alone', async () => {
  const { teller, ask } = await startMesh();
  const first = await envoyOf(teller);
  for (const pid of [first, teller.pid]) {
    process.kill(pid, 'SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    process.kill(pid, 'SIGCONT');
    await teller.ready();
  }
  expect(await envoyOf(teller)).toBe(first);
  expect((await ask()).status).toBe(200);
});
