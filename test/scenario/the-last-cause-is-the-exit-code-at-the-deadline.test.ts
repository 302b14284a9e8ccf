import { expect, test } from 'vitest';
import type { Fault } from '../../src/demo/aws/fault.ts';
import { executable } from '../fixtures/executable.ts';
import { createMesh } from '../fixtures/running-mesh.ts';
import type { RunningAgent } from '../fixtures/running-agent.ts';

/** Secrets of these names suffer so; their agents have four seconds to start. */
const FAULTS: Readonly<Record<string, readonly [fault: Fault, exit: number, code: string]>> = {
  throttle: [{ kind: 'throttle' }, 69, 'source-throttled'],
  'server-error': [{ kind: 'server-error', status: 503 }, 69, 'source-unavailable'],
  'half-body': [{ kind: 'half-body' }, 69, 'source-unavailable'],
  reset: [{ kind: 'reset' }, 69, 'source-unavailable'],
  skew: [{ kind: 'clock-skew', aheadMs: 3_600_000, as: 'InvalidSignatureException', dated: false }, 69, 'clock-skewed'],
  denied: [{ kind: 'access-denied' }, 77, 'access-denied'],
  forbidden: [{ kind: 'access-denied', policy: 'identity-deny' }, 77, 'access-denied'],
  kms: [{ kind: 'decryption-failure' }, 77, 'decryption-denied'],
  expired: [{ kind: 'expired-token' }, 77, 'credentials-expired'],
};
/** The same for what is not a fault of the service. */
const CIRCUMSTANCES: Readonly<Record<string, readonly [environment: Readonly<Record<string, string>>, exit: number, code: string]>> = {
  'no-credentials': [{ AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1:1/none' }, 77, 'credentials-missing'],
  'no-address': [{ AWS_ENDPOINT_URL: 'https://secretsmanager.invalid' }, 69, 'source-unavailable'],
  'no-service': [{ AWS_ENDPOINT_URL: 'http://127.0.0.1:1' }, 69, 'source-unavailable'],
  'no-secret': [{}, 69, 'source-not-found'],
  'no-key-pair': [{}, 65, 'layout-unknown'],
};

/** A start retry waits for half to all of 250 ms, doubled with every failure (src/schedule.ts). */
const bounds = (retry: number): readonly [number, number] => [125 * 2 ** retry, 250 * 2 ** retry];

const NOTHING: Readonly<Record<string, string>> = {};

const eventsOf = (agent: RunningAgent, name: string): ReturnType<RunningAgent['events']> => agent.events().filter(({ event }) => event === name);

test('each attempt is logged with its cause, retried with jitter, and the last cause decides', async () => {
  const { start, aws, place, put } = await createMesh({
    state: 'one-way',
    delivery: 'files',
    fault: ({ operation, resource = '' }) => (operation === 'GetSecretValue' ? FAULTS[resource]?.[0] : undefined),
  });
  for (const name of [...Object.keys(FAULTS), 'no-key-pair']) {
    aws.secretsManager.create({ name });
    await put(name, '{"colour":"yellow"}');
  }
  const rows = [
    ...Object.entries(FAULTS).map(([name, [, exit, code]]) => ({ name, exit, code, environment: NOTHING })),
    ...Object.entries(CIRCUMSTANCES).map(([name, [environment, exit, code]]) => ({ name, exit, code, environment })),
  ];
  const delays: number[] = [];
  await Promise.all(
    rows.map(async ({ name, exit, code, environment }) => {
      const agent = await start('teller', { directory: `${place}/${name}`, environment: { MTLS_IDENTITY: `secret:${name}`, ...environment, MTLS_DEADLINE: '4s' } });
      expect([name, await agent.exited]).toEqual([name, exit]);
      await expect.poll(() => agent.output(), { timeout: 2_000 }).toMatch(/^hint: /m);
      const failures = eventsOf(agent, 'source-failed');
      expect(failures.length, name).toBeGreaterThanOrEqual(1);
      for (const failure of failures) expect(failure, name).toMatchObject({ level: 'error', code, message: expect.any(String) as string, source: `secret:${name}` });
      // the same sentence for the log, and for people
      const { message, hint } = failures.at(-1) as unknown as { message: string; hint?: string };
      expect(eventsOf(agent, 'stopping'), name).toMatchObject([{ level: 'error', code, message }]);
      expect(agent.output(), name).toContain(`error: ${message}\n`);
      if (hint !== undefined) expect(agent.output(), name).toContain(`hint: ${hint}\n`);
      // ours: one line and one wait for each; the SDK's second attempt is within one of ours
      const retries = eventsOf(agent, 'retry').map(({ afterMs }) => Number(afterMs));
      retries.forEach((afterMs, index) => {
        expect(afterMs, name).toBeGreaterThanOrEqual(bounds(index)[0]);
        expect(afterMs, name).toBeLessThanOrEqual(bounds(index)[1]);
      });
      delays.push(...retries.slice(0, 1));
      const calls = aws.calls.all.filter(({ operation, resource }) => operation === 'GetSecretValue' && resource === name);
      expect(calls.length, name).toBeLessThanOrEqual(2 * (retries.length + 1));
      if (name in FAULTS) expect(calls.length, name).toBeGreaterThanOrEqual(failures.length);
      // Envoy starts with its material or not at all
      expect(agent.output(), name).not.toContain('envoy-started');
    }),
  );
  expect(new Set(delays).size).toBeGreaterThan(1);
});

test('by SDS an Envoy that never asks is what a start waited for', async () => {
  const { start, place } = await createMesh({ state: 'one-way' });
  const agent = await start('teller', { environment: { MTLS_ENVOY: await executable(place, 'exec sleep 60'), MTLS_DEADLINE: '1s' } });
  expect(await agent.exited).toBe(69);
  expect(eventsOf(agent, 'stopping')).toMatchObject([{ code: 'deadline', message: expect.stringMatching(/^nothing was delivered within MTLS_DEADLINE, 1 s, for it waited for envoy to take \S+$/) as string }]);
});
