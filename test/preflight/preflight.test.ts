import { expect, it } from 'vitest';
import { runPreflight } from '../../src/preflight/preflight.ts';
import { systemClock } from '../../src/clock.ts';

const run = (env: Record<string, string>): ReturnType<typeof runPreflight> => runPreflight({ env, clock: systemClock, uid: 0, envoyArguments: { file: undefined, rest: [] } }, new AbortController().signal);

it('reports what is refused and what cannot be read in one go', async () => {
  const findings = await run({ NODE_TLS_REJECT_UNAUTHORIZED: '0', MTLS_POLL: 'soon', MTLS_DLIVERY: 'sds' });
  expect(findings.map(({ check, status, code }) => [check, status, code])).toEqual([
    ['configuration', 'failed', 'environment-refused'],
    ['configuration', 'failed', 'config-invalid'],
  ]);
  expect(findings[1]?.message).toMatch(/MTLS_POLL[\s\S]*MTLS_DLIVERY/);
});

it('goes on as far as it can when the definitions are missing', async () => {
  const findings = await run({});
  expect(findings[0]).toMatchObject({ check: 'configuration', status: 'failed', code: 'config-invalid' });
});
