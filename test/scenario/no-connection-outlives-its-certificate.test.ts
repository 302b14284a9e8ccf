import { expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { startLoad } from '../../src/demo/load.ts';
import { CONNECTION_AGE } from '../../src/mesh/cluster.ts';
import { startNeighbour } from '../fixtures/envoy-neighbour.ts';
import { recordingApp } from '../fixtures/recording-app.ts';
import { createMesh } from '../fixtures/running-mesh.ts';

/** In place of a quarter of an hour; certificates live for seconds here. */
const AGE = '1s';
const LIFE_MS = 8_000;
/** A request may be under way when its connection is told to end. */
const UNDER_WAY_MS = 500;

/** Where `max_connection_duration` stands in a compiled configuration, the age of this test. */
function aged(bootstrap: string): string {
  const pattern = `"max_connection_duration": "${CONNECTION_AGE}"`;
  if (!bootstrap.includes(pattern)) throw new Error('the compiled configuration limits no connection');
  return bootstrap.replaceAll(pattern, `"max_connection_duration": "${AGE}"`);
}

test('after the end of a replaced certificate no connection of it is left, busy or idle, and none is resumed (promise 119)', async () => {
  const app = await recordingApp(20);
  const mesh = await createMesh({ appPort: app.port });
  const old = await mesh.renew('gateway', { validHours: LIFE_MS / 3_600_000 });
  const endMs = old.issued.certificate.notAfter.getTime();
  const [teller, gateway] = await Promise.all([mesh.start('teller', { command: 'serve' }), mesh.start('gateway', { command: 'serve' })]);
  await Promise.all([startNeighbour(teller, 'sds', aged), startNeighbour(gateway, 'sds', aged)]);
  await Promise.all([teller.ready(), gateway.ready()]);

  const load = startLoad(mesh.ports.gateway, systemClock);
  await expect.poll(() => app.serials.has(old.serial), { timeout: 10_000 }).toBe(true);
  const renewed = await mesh.renew('gateway');
  gateway.signal('SIGHUP');
  await gateway.took(renewed.version);
  const { outcomes } = load;
  await systemClock.sleep(Math.max(0, endMs + 1_500 - systemClock.now().getTime()));
  await load.stop();

  expect([...outcomes.keys()]).toEqual(['200']);
  const late = app.seen.filter(({ serial, at }) => serial === old.serial && at.getTime() > endMs + UNDER_WAY_MS);
  expect(late).toEqual([]);
  expect(app.seen.filter(({ serial, at }) => serial === renewed.serial && at.getTime() > endMs).length).toBeGreaterThan(10);
  // nobody asks any more: what is idle ends as well
  await expect.poll(async () => teller.envoy.get('/stats?filter=^listener.0.0.0.0_15000.downstream_cx_active', AbortSignal.timeout(5_000)), { timeout: 10_000 }).toMatch(/: 0\s*$/);
  expect(await teller.counter('listener.0.0.0.0_15000.ssl.session_reused')).toBe(0);
  expect(await gateway.counter('cluster.cds_egress_mtls_colorteller_http_15000.ssl.session_reused')).toBe(0);
  expect(await gateway.counter('cluster.cds_egress_mtls_colorteller_http_15000.ssl.handshake')).toBeGreaterThan(5);
});
