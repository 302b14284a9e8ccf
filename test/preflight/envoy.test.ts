import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import type { Config } from '../../src/config/config.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { checkEnvoy } from '../../src/preflight/envoy.ts';

let directory: string;
let config: Config;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'envoy-'));
  config = { ...(await parseConfig({})), envoy: join(directory, 'envoy') };
});
afterEach(() => rm(directory, { recursive: true }));

const install = (content: string): Promise<void> => writeFile(join(directory, 'envoy'), content, { mode: 0o755 });
const check = (): ReturnType<typeof checkEnvoy> => checkEnvoy(config, ['--config-yaml', '{}'], { PATH: process.env.PATH }, systemClock);

describe('the check of Envoy', () => {
  it('passes what Envoy accepts', async () => {
    await install('#!/bin/sh\nexit 0\n');
    expect(await check()).toMatchObject({ status: 'ok' });
  });

  it("fails with Envoy's last words", async () => {
    await install('#!/bin/sh\necho "error initializing configuration: no such cluster" >&2\nexit 1\n');
    expect(await check()).toMatchObject({ status: 'failed', code: 'envoy-refused-configuration', message: expect.stringContaining('no such cluster') as string });
  });

  it('says that Envoy cannot judge before its files are there', async () => {
    await install('#!/bin/sh\nexit 1\n');
    expect(await checkEnvoy(config, undefined, { PATH: process.env.PATH }, systemClock)).toMatchObject({ status: 'warning' });
  });

  it('tells an Envoy that is missing', async () => {
    expect(await check()).toMatchObject({ status: 'failed', code: 'envoy-missing' });
  });
});
