import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { freeTriple, leavesNothing, startDemo } from '../fixtures/running-demo.ts';

test('one after the other on the same ports', async () => {
  const ports = await freeTriple();
  for (const run of ['first', 'second']) {
    const demo = await startDemo({ ports, arguments: ['--once'] });
    expect(await demo.exited, `${run}: ${demo.stderr()}`).toBe(0);
    await leavesNothing(demo);
  }
});

test('two at once on other ports', async () => {
  const demos = await Promise.all([startDemo({ arguments: ['--once'] }), startDemo({ arguments: ['--once', '--delivery', 'files'] })]);
  for (const demo of demos) {
    expect(await demo.exited, demo.stderr()).toBe(0);
    await leavesNothing(demo);
  }
});

test.each(['gateway', 'teller', 'app'] as const)('a taken port of the %s is named with the option that moves it', async (name) => {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const taken = (server.address() as { port: number }).port;
  const demo = await startDemo({ ports: { ...(await freeTriple()), [name]: taken }, arguments: ['--once'] });
  expect(await demo.exited).toBe(78);
  expect(demo.stderr()).toMatch(new RegExp(`^error: port ${taken} \\(--${name}-port\\) of 127.0.0.1 is taken\nhint: `, 'm'));
  expect(demo.stdout()).toBe('');
  await leavesNothing(demo);
});

test('all taken ports are named at once: those of a demo that is up', async () => {
  const first = await startDemo();
  await first.up();
  const second = await startDemo({ ports: first.ports });
  expect(await second.exited).toBe(78);
  for (const [name, port] of Object.entries(first.ports)) expect(second.stderr()).toContain(`${port} (--${name}-port)`);
  first.signal('SIGINT');
  expect(await first.exited).toBe(0);
  await leavesNothing(first);
});
