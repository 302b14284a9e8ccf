import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { startLoad } from '../../src/demo/load.ts';

it('asks on kept and on fresh connections, and counts answers and failures as they come', async () => {
  const connections = { kept: 0, fresh: 0 };
  let broken = false;
  const server = createServer(({ headers, socket }, response) => {
    connections[headers.connection === 'close' ? 'fresh' : 'kept'] += 1;
    if (broken) socket.destroy();
    else response.end('yellow');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const load = startLoad((server.address() as AddressInfo).port, systemClock);
  await expect.poll(() => load.outcomes.get('200') ?? 0, { interval: 5 }).toBeGreaterThan(20);
  expect([...load.outcomes.keys()]).toEqual(['200']);
  expect(Math.min(connections.kept, connections.fresh)).toBeGreaterThan(3);
  broken = true;
  await expect.poll(() => load.outcomes.get('ECONNRESET') ?? 0, { interval: 5 }).toBeGreaterThan(0);
  const before = await load.stop();
  expect(before).toBe(load.outcomes);
  server.close();
});
