import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { startLoad } from '../../src/demo/load.ts';
import { envoyEnvironment } from '../../src/envoy/environment.ts';
import { hotRestartArguments } from '../../src/envoy/hot-restart.ts';
import { probeLeaf } from '../../src/envoy/probe.ts';
import { spawnEnvoy } from '../../src/envoy/process.ts';
import { type Delivery, DELIVERIES, type Mesh, createMesh } from '../fixtures/running-mesh.ts';
import { envoyPath } from '../fixtures/real-envoy.ts';
import type { RunningAgent } from '../fixtures/running-agent.ts';

const never = new AbortController().signal;

/** What the other container runs, once there is something to run it with. Returns how it is killed. */
async function startNeighbour({ directory }: RunningAgent, delivery: Delivery): Promise<() => Promise<void>> {
  const needed = delivery === 'sds' ? ['envoy.json', 'sds.sock'] : ['envoy.json', 'current'];
  await expect.poll(() => needed.every((name) => existsSync(join(directory, name))), { timeout: 10_000, interval: 20 }).toBe(true);
  const log = await open(join(directory, 'neighbour.log'), 'w');
  const envoy = await spawnEnvoy({
    binary: envoyPath(),
    arguments: ['-c', join(directory, 'envoy.json'), '--concurrency', '1', ...hotRestartArguments({ pid1: false, directory })],
    environment: envoyEnvironment(process.env),
    stdout: log.fd,
    stderr: log.fd,
  });
  await log.close();
  const end = async (): Promise<void> => {
    envoy.signal('SIGKILL');
    await envoy.exited;
  };
  onTestFinished(end);
  return end;
}

async function startServed(delivery: Delivery): Promise<{ readonly mesh: Mesh; readonly serve: () => Promise<RunningAgent>; readonly agent: RunningAgent; readonly endEnvoy: () => Promise<void> }> {
  const mesh = await createMesh({ delivery });
  const serve = (): Promise<RunningAgent> => mesh.start('teller', { command: 'serve' });
  const agent = await serve();
  const endEnvoy = await startNeighbour(agent, delivery);
  const gateway = await mesh.start('gateway');
  await Promise.all([agent.ready(), gateway.ready()]);
  return { mesh, serve, agent, endEnvoy };
}

test.each(DELIVERIES)('by %s an agent that is killed takes no request with it, and the next one delivers to the same Envoy', async (delivery) => {
  const { mesh, serve, agent: first } = await startServed(delivery);
  const load = startLoad(mesh.ports.gateway, systemClock);
  let agent = first;
  for (const end of ['SIGKILL', 'SIGTERM', 'SIGKILL'] as const) {
    agent.signal(end);
    await agent.exited;
    const served = await probeLeaf({ host: '127.0.0.1', port: mesh.ports.teller }, never);
    const { version, serial } = await mesh.renew('teller');
    expect(await probeLeaf({ host: '127.0.0.1', port: mesh.ports.teller }, never)).toBe(served);
    agent = await serve();
    await agent.took(version);
    expect(await probeLeaf({ host: '127.0.0.1', port: mesh.ports.teller }, never)).toBe(serial);
  }
  const outcomes = await load.stop();
  expect([...outcomes.keys()]).toEqual(['200']);
});

test('an Envoy that is gone makes its endpoint unready, and its agent waits for the next one', async () => {
  const { agent, endEnvoy } = await startServed('sds');
  await endEnvoy();
  await expect.poll(() => agent.ask('/ready')).toEqual({ status: 503, body: 'envoy is unreachable\n' });
  await startNeighbour(agent, 'sds');
  await agent.ready();
});

test('an Envoy that never comes is what a start waited for (69)', async () => {
  const mesh = await createMesh();
  const agent = await mesh.start('teller', { command: 'serve', environment: { MTLS_DEADLINE: '1s' } });
  expect(await agent.exited).toBe(69);
  expect(agent.output()).toMatch(/error: .*MTLS_DEADLINE, 1 s, for it waited for envoy to take \w+/);
});
