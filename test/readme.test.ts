import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import packageFile from '../package.json' with { type: 'json' };
import { runProgram } from '../src/cli/program.ts';
import { systemClock } from '../src/clock.ts';
import { parseConfig } from '../src/config/parse.ts';
import { VARIABLES } from '../src/config/variables.ts';
import { createStopRequest } from '../src/envoy/stop-request.ts';
import { CODES } from '../src/errors.ts';
import { planOwnConfiguration } from '../src/own-configuration.ts';

const readme = readFileSync(`${import.meta.dirname}/../README.md`, 'utf8');

async function help(...args: string[]): Promise<string> {
  let stdout = '';
  const io = { stdout: (text: string) => void (stdout += text), stderr: () => undefined, env: {}, signal: new AbortController().signal, clock: systemClock, colour: false };
  await runProgram(args, io, { random: () => 0, uid: 0, pid1: false, inspected: () => false, releaseMemory: () => undefined, stop: createStopRequest(), signals: () => () => undefined });
  return stdout;
}

describe('the README', () => {
  it('names the two commands of a newcomer, and both exist', () => {
    expect(readme).toMatch(/npm ci && npm run demo/);
    expect(readme).toMatch(/npm ci && npm test/);
    expect(Object.keys(packageFile.scripts)).toEqual(expect.arrayContaining(['demo', 'test']));
  });

  it.each(VARIABLES)('has $name with its default and meaning, and so has run --help', async ({ name, default: fallback, meaning }) => {
    const row = readme.split('\n').find((line) => line.startsWith(`| \`${name}\` |`));
    expect(row).toBe(`| \`${name}\` | ${fallback === 'none' ? 'none' : `\`${fallback}\``} | ${meaning} |`);
    expect(await help('run', '--help')).toContain(`${meaning} (${fallback})`);
  });

  it('lists the commands that --help lists', async () => {
    const listed = [...(await help('--help')).matchAll(/^ {2}(\w+) {2,}/gm)].map(([, name = '']) => name);
    expect(listed.length).toBeGreaterThan(3);
    for (const name of listed) expect(readme).toMatch(new RegExp(`^\\| \`${name}[ \`]`, 'm'));
  });

  it("has a smallest configuration of one's own that the agent takes as it is", async () => {
    const file = /```yaml\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
    const path = join(mkdtempSync(join(tmpdir(), 'readme-')), 'envoy.yaml');
    writeFileSync(path, file);
    const { manifest, warnings } = await planOwnConfiguration(path, [], await parseConfig({ MTLS_IDENTITY: 'secret:web' }));
    rmSync(dirname(path), { recursive: true });
    expect(manifest.secrets).toMatchObject([{ name: 'identity', roles: ['server'], consumers: 1 }]);
    expect(warnings).toEqual([]);
  });

  it('explains every exit code that an error can have', () => {
    for (const { exit } of Object.values(CODES)) expect(readme).toMatch(new RegExp(`^\\| ${exit} \\|`, 'm'));
  });
});
