import { expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { startLoad } from '../../src/demo/load.ts';
import { probeLeaf } from '../../src/envoy/probe.ts';
import { startNeighbour } from '../fixtures/envoy-neighbour.ts';
import type { RunningAgent } from '../fixtures/running-agent.ts';
import { type Delivery, DELIVERIES, type Mesh, createMesh } from '../fixtures/running-mesh.ts';

const never = new AbortController().signal;

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
