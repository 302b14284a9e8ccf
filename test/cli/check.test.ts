import { expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { checkCommand } from '../../src/cli/check.ts';

async function check(args: string[], env: Record<string, string>): Promise<{ code: number; stdout: string }> {
  let stdout = '';
  const io = { stdout: (text: string) => void (stdout += text), stderr: () => undefined, env, signal: new AbortController().signal, clock: systemClock, colour: false };
  return { code: await checkCommand({ uid: 0 }).run(args, io), stdout };
}

it('exits 78 when the configuration itself is bad, and prints cause and hint', async () => {
  const { code, stdout } = await check([], { MTLS_DELIVERY: 'post' });
  expect(code).toBe(78);
  expect(stdout).toMatch(/^✘ configuration: .*MTLS_DELIVERY/);
});

it('prints one JSON document for scripts', async () => {
  const { stdout } = await check(['--json'], { MTLS_DELIVERY: 'post' });
  expect(JSON.parse(stdout)).toMatchObject({ pass: false, findings: [{ check: 'configuration', status: 'failed', code: 'config-invalid' }] });
});

it('takes no argument', async () => {
  await expect(check(['now'], {})).rejects.toMatchObject({ code: 'usage' });
});
