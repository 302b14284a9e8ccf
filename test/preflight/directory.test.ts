import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { parseConfig } from '../../src/config/parse.ts';
import type { Manifest } from '../../src/mesh/manifest.ts';
import { checkDirectory } from '../../src/preflight/directory.ts';

const uid = process.getuid?.() ?? 0;
const manifest: Manifest = { mesh: 'm', endpoint: 'virtualNode/n', secrets: [], listeners: [] };
let base: string;
let config: Config;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'check-'));
  config = { ...(await parseConfig({})), directory: join(base, 'mtls') };
});
afterEach(() => rm(base, { recursive: true }));

describe('the check of MTLS_DIR', () => {
  it('passes one that is not there and can be made, and does not make it', async () => {
    expect(await checkDirectory(config, manifest, uid)).toMatchObject({ status: 'ok', message: expect.stringContaining('can be made') as string });
    expect(await readdir(base)).toEqual([]);
  });

  it('passes one that is ours and 0700', async () => {
    await mkdir(config.directory, { mode: 0o700 });
    expect(await checkDirectory(config, manifest, uid)).toMatchObject({ status: 'ok' });
  });

  it('fails one that others may enter, and leaves its mode alone', async () => {
    await mkdir(config.directory);
    await chmod(config.directory, 0o755);
    expect(await checkDirectory(config, manifest, uid)).toMatchObject({ status: 'failed', code: 'directory-unusable', message: expect.stringContaining('mode 0755') as string });
  });

  it('fails one below a file', async () => {
    await writeFile(join(base, 'file'), '');
    expect(await checkDirectory({ ...config, directory: join(base, 'file/mtls') }, manifest, uid)).toMatchObject({ status: 'failed', code: 'directory-unusable' });
  });
});
