import { expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { startLoad } from '../../src/demo/load.ts';
import { probeLeaf } from '../../src/envoy/probe.ts';
import { DELIVERIES, type RunningMesh, startMesh } from '../fixtures/running-mesh.ts';
import { streamingApp } from '../fixtures/streaming-app.ts';
import { grpcTraffic, http2Traffic } from '../fixtures/traffic.ts';

const ROTATIONS = 100;
const never = new AbortController().signal;

/** Both sides at once, each rotation proven before the next. */
async function rotateBothSides(mesh: RunningMesh): Promise<void> {
  for (let rotation = 1; rotation <= ROTATIONS; rotation += 1) {
    const [teller, gateway] = await Promise.all([mesh.renew('teller'), mesh.renew('gateway')]);
    mesh.teller.signal('SIGHUP');
    mesh.gateway.signal('SIGHUP');
    await Promise.all([mesh.teller.took(teller.version), mesh.gateway.took(gateway.version)]);
    if (rotation % 10 === 0) expect(await probeLeaf({ host: '127.0.0.1', port: mesh.ports.teller }, never)).toBe(teller.serial);
  }
  for (const agent of [mesh.teller, mesh.gateway]) {
    const proofs = agent.events().filter(({ event }) => event === 'proven').map(({ generation }) => generation);
    expect(proofs).toEqual(Array.from({ length: 1 + ROTATIONS }, (_, index) => index + 1));
    expect(agent.events().filter(({ level }) => level !== 'info')).toEqual([]);
    const stats = await agent.envoy.get('/stats?filter=key_rotation_failed|update_rejected', AbortSignal.timeout(5_000));
    expect(stats.split('\n').filter((line) => line !== '' && !line.endsWith(': 0'))).toEqual([]);
  }
}

test.each(DELIVERIES)('by %s under HTTP/1.1, kept and fresh connections alike (promises 117, 119)', { timeout: 120_000 }, async (delivery) => {
  const mesh = await startMesh({ delivery });
  const load = startLoad(mesh.ports.gateway, systemClock);
  await rotateBothSides(mesh);
  const outcomes = await load.stop();
  expect([...outcomes.keys()]).toEqual(['200']);
  expect(outcomes.get('200')).toBeGreaterThan(10 * ROTATIONS);
});

test.each(DELIVERIES)('by %s under HTTP/2, many requests on few connections (promise 117)', { timeout: 120_000 }, async (delivery) => {
  const mesh = await startMesh({ delivery, protocol: 'http2', appPort: await streamingApp() });
  const load = http2Traffic(mesh.ports.gateway);
  await rotateBothSides(mesh);
  const outcomes = await load.stop();
  expect([...outcomes.keys()]).toEqual(['ok']);
  expect(outcomes.get('ok')).toBeGreaterThan(10 * ROTATIONS);
});

test.each(DELIVERIES)('by %s under streams of gRPC that go on while certificates change (promise 117)', { timeout: 120_000 }, async (delivery) => {
  const mesh = await startMesh({ delivery, protocol: 'grpc', appPort: await streamingApp() });
  const load = grpcTraffic(mesh.ports.gateway);
  await rotateBothSides(mesh);
  const outcomes = await load.stop();
  expect([...outcomes.keys()]).toEqual(['ok']);
  expect(outcomes.get('ok')).toBeGreaterThan(5);
});
