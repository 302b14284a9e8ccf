import { expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { startLoad } from '../../src/demo/load.ts';
import { probeLeaf } from '../../src/envoy/probe.ts';
import { recordingApp } from '../fixtures/recording-app.ts';
import { DELIVERIES, startMesh } from '../fixtures/running-mesh.ts';

const ROTATIONS = 10;
/** An answer takes so long that requests at the same time need a connection each. */
const ANSWER_MS = 30;
const never = new AbortController().signal;

test.each(DELIVERIES)('ten rotations of both sides by %s under keep-alive and fresh connections (promise 117)', async (delivery) => {
  const app = await recordingApp(ANSWER_MS);
  const mesh = await startMesh({ delivery, appPort: app.port });
  const load = startLoad(mesh.ports.gateway, systemClock);
  const presented = [mesh.first.gateway.serial];
  for (let rotation = 1; rotation <= ROTATIONS; rotation += 1) {
    const [teller, gateway] = await Promise.all([mesh.renew('teller'), mesh.renew('gateway')]);
    mesh.teller.signal('SIGHUP');
    mesh.gateway.signal('SIGHUP');
    await Promise.all([mesh.teller.took(teller.version), mesh.gateway.took(gateway.version)]);
    expect(await probeLeaf({ host: '127.0.0.1', port: mesh.ports.teller }, never)).toBe(teller.serial);
    // more requests at once than the gateway has connections: it opens others, and they present the new leaf
    const statuses = await Promise.all(Array.from({ length: 10 * rotation }, async () => (await mesh.ask()).status));
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(app.serials).toContain(gateway.serial);
    presented.push(gateway.serial);
  }
  const outcomes = await load.stop();
  expect([...outcomes.keys()]).toEqual(['200']);
  expect(outcomes.get('200')).toBeGreaterThan(10 * ROTATIONS);
  expect([...app.serials]).toEqual(presented);
  expect((await mesh.gateway.status()).generation).toBe(1 + ROTATIONS);
});
