import { execFile } from 'node:child_process';
import { expect, test } from 'vitest';
import type { RunningAgent } from '../fixtures/running-agent.ts';
import { createMesh } from '../fixtures/running-mesh.ts';

const AGENT = `${import.meta.dirname}/../../dist/mtls-agent.cjs`;

/** `mtls-agent status` as a process of its own, beside the agent. */
function status({ adminPort }: Pick<RunningAgent, 'adminPort'>, ...args: readonly string[]): Promise<{ readonly code: number; readonly stdout: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [AGENT, 'status', ...args], { env: { MTLS_ADMIN: `127.0.0.1:${adminPort}` } }, (error, stdout) => resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout }));
  });
}

test('held and proven, with serial, at a glance; healthy as long as agent and Envoy live', async () => {
  const mesh = await createMesh();
  const teller = await mesh.start('teller');
  await teller.ready();
  const { stdout } = await status(teller);
  expect(stdout).toMatch(/^virtualNode\/colorteller {2}ready\n/);
  expect(stdout).toMatch(new RegExp(`✔ identity \\S+: proven on the wire  version ${mesh.first.teller.version}\\n.*\\n    ${mesh.first.teller.serial}  `));
  expect(await status(teller, '--health')).toEqual({ code: 0, stdout: 'healthy\n' });
  // an Envoy that does not answer is none that lives
  process.kill((await teller.status()).envoy.pid, 'SIGKILL');
  await expect.poll(async () => (await status(teller, '--health')).code, { interval: 0, timeout: 5_000 }).toBe(0);
  teller.signal('SIGTERM');
  await teller.exited;
  expect((await status(teller, '--health')).code).toBe(1);
});

test('an agent that waits for its secret is not healthy yet, and says why', async () => {
  const mesh = await createMesh({ fault: ({ operation }) => (operation === 'GetSecretValue' ? { kind: 'throttle' } : undefined) });
  const teller = await mesh.start('teller');
  await expect.poll(async () => (await status(teller, '--health')).stdout, { timeout: 5_000 }).toBe('unhealthy: it has not been ready yet\n');
});
