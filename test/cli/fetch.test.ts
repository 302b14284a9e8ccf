import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { memoryDirectory } from '../fixtures/directory.ts';
import { transcript } from '../fixtures/transcript.ts';

const COLOR = join(import.meta.dirname, '..', '..', 'mesh', 'color');

async function environment(changes: Readonly<Record<string, string>> = {}): Promise<Record<string, string>> {
  return { MTLS_MESH: `${COLOR},${join(COLOR, 'mtls')}`, MTLS_ENDPOINT: 'virtualNode/colorteller', MTLS_DIR: await memoryDirectory(), MTLS_ADMIN: 'off', ...changes };
}

describe('fetch', () => {
  it('starts no Envoy and takes no argument for one', async () => {
    const { code, stderr } = await transcript(['fetch', '--', '--concurrency', '2'], await environment());
    expect(code).toBe(64);
    expect(stderr).toBe('error: fetch takes no argument --\nhint: settings come from the environment\n');
  });

  it('says how Envoy starts afterwards', async () => {
    expect((await transcript(['fetch', '--help'])).stdout).toContain('envoy -c /run/mtls-agent/envoy.json');
  });

  it('reports the same problems of environment, references and definitions as run', async () => {
    expect((await transcript(['fetch'], await environment({ MTLS_DELIVRY: 'sds' }))).code).toBe(78);
    expect((await transcript(['fetch'], await environment({ NODE_OPTIONS: '--inspect' }))).code).toBe(78);
    expect((await transcript(['fetch'], await environment())).code).toBe(78);
    expect((await transcript(['fetch'], await environment({ MTLS_ENDPOINT: 'virtualNode/nobody' }))).code).toBe(65);
  });

  it('wants no Envoy binary', async () => {
    const { code, stderr } = await transcript(['fetch'], await environment({ MTLS_ENVOY: '/nonexistent/envoy', MTLS_IDENTITY: 'file:/nonexistent', MTLS_TRUST: 'file:/nonexistent', MTLS_DEADLINE: '250ms' }));
    expect(code).toBe(69);
    expect(stderr).not.toContain('/nonexistent/envoy');
  });
});
