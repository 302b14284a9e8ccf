import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type RunningDemo, leavesNothing, startDemo } from '../fixtures/running-demo.ts';
import { DELIVERIES } from '../fixtures/running-mesh.ts';

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s ends it with exit code 0', async (signal) => {
  const demo = await startDemo();
  await demo.up();
  demo.signal(signal);
  expect(await demo.exited).toBe(0);
  await leavesNothing(demo);
});

test('Ctrl-C in a terminal reaches the whole process group', async () => {
  const demo = await startDemo({ arguments: ['--delivery', 'files'] });
  await demo.up();
  demo.signalGroup('SIGINT');
  expect(await demo.exited).toBe(0);
  await leavesNothing(demo);
});

test('SIGTERM while it is starting', async () => {
  const demo = await startDemo();
  await expect.poll(() => readdirSync(demo.runtime, { recursive: true }).some((path) => path.toString().endsWith('envoy.json')), { timeout: 10_000, interval: 5 }).toBe(true);
  demo.signal('SIGTERM');
  expect(await demo.exited).toBe(0);
  expect(demo.stderr()).not.toContain('error:');
  await leavesNothing(demo);
});

/** Undefined while there is no such process. */
function pidOf(demo: RunningDemo, needle: string): number | undefined {
  try {
    return demo.part(needle).pid;
  } catch {
    return undefined;
  }
}

describe.each(DELIVERIES)('with delivery by %s', (delivery) => {
  test('SIGKILL of the demo itself', async () => {
    const demo = await startDemo({ arguments: ['--delivery', delivery] });
    await demo.up();
    const all = (await demo.leftovers()).join('\n');
    for (const part of ['demo.cjs', 'janitor.cjs', 'mtls-agent.cjs', 'envoy.json', 'envoy-admin.sock', '/dev/shm/envoy_shared_memory_']) expect(all).toContain(part);
    demo.signal('SIGKILL');
    expect(await demo.exited).toBe(137);
    await leavesNothing(demo);
  });

  test.each(['colorgateway', 'colorteller'])('SIGKILL of the agent of %s: the demo says so and ends', async (name) => {
    const demo = await startDemo({ arguments: ['--delivery', delivery] });
    await demo.up();
    process.kill(demo.part(`/${name}\n`).pid, 'SIGKILL');
    expect(await demo.exited).toBe(1);
    expect(demo.stderr()).toContain(`error: the agent of ${name} has ended with signal SIGKILL`);
    await leavesNothing(demo);
  });

  test.each(['colorgateway', 'colorteller'])('SIGKILL of the Envoy of %s: its agent starts another one, and nothing of the first is left either', async (name) => {
    const demo = await startDemo({ arguments: ['--delivery', delivery] });
    await demo.up();
    const { pid } = demo.part(`/${name}/envoy.json`);
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => pidOf(demo, `/${name}/envoy.json`) ?? pid, { timeout: 10_000 }).not.toBe(pid);
    demo.signal('SIGTERM');
    expect(await demo.exited).toBe(0);
    await leavesNothing(demo);
  });
});
