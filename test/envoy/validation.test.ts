import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { validateConfiguration } from '../../src/envoy/validation.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'validation-'));
});
afterEach(() => rm(directory, { recursive: true }));

/** An Envoy that says this and ends so; without: it is not there. */
async function validate(script?: string, ...more: string[]): Promise<void> {
  const binary = join(directory, 'envoy');
  if (script !== undefined) await writeFile(binary, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return validateConfiguration({ binary, arguments: ['-c', 'envoy.json', '--concurrency', '1', ...more], environment: { TZ: 'UTC' } }, systemClock);
}

it('accepts what Envoy accepts, and asks it in the mode that runs nothing', async () => {
  await expect(validate('test "$*" = "-c envoy.json --concurrency 1 --mode validate --log-level error"')).resolves.toBeUndefined();
  // an argument that comes twice is refused
  await expect(validate('test "$*" = "-c envoy.json --concurrency 1 -l debug --mode validate"', '-l', 'debug')).resolves.toBeUndefined();
});

it.each([
  ['[2026-11-23 22:58:34.041][1592][critical][main] [source/server/config_validation/server.cc:76] error initializing configuration: no such field', 'error initializing configuration: no such field'],
  ['PARSE ERROR: Argument: --bogus\n             Couldn\'t find match for argument\n\nBrief USAGE: \n   envoy [--stats-tag <string>]\n\nFor complete USAGE run\n   envoy --help', "Argument: --bogus Couldn't find match for argument"],
  ['', expect.stringContaining('Command failed') as string],
])('tells the sentence of %j', async (said, words) => {
  await writeFile(join(directory, 'said'), said);
  await expect(validate(`cat '${join(directory, 'said')}' >&2; exit 1`)).rejects.toMatchObject({
    code: 'envoy-refused-configuration',
    message: typeof words === 'string' ? `envoy refuses its configuration: ${words}` : words,
  });
});

it('tells an Envoy that cannot be executed', async () => {
  await expect(validate()).rejects.toMatchObject({ code: 'envoy-missing', message: expect.stringContaining('ENOENT') as string });
});
