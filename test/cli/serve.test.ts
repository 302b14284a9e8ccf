import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { memoryDirectory } from '../fixtures/directory.ts';
import { transcript } from '../fixtures/transcript.ts';

const COLOR = join(import.meta.dirname, '..', '..', 'mesh', 'color');

async function environment(changes: Readonly<Record<string, string>> = {}): Promise<Record<string, string>> {
  return { MTLS_MESH: `${COLOR},${join(COLOR, 'mtls')}`, MTLS_ENDPOINT: 'virtualNode/colorteller', MTLS_DIR: await memoryDirectory(), MTLS_ADMIN: 'off', ...changes };
}

describe('serve', () => {
  it('starts no Envoy and takes no argument for one', async () => {
    const { code, stderr } = await transcript(['serve', '--', '--concurrency', '2'], await environment());
    expect(code).toBe(64);
    expect(stderr).toBe('error: serve takes no argument --\nhint: it starts no Envoy; settings come from the environment\n');
  });

  it('says how the other container starts its Envoy', async () => {
    expect((await transcript(['serve', '--help'])).stdout).toContain('envoy -c /run/mtls-agent/envoy.json');
  });

  it('reports the same problems of environment, references and definitions as run', async () => {
    expect((await transcript(['serve'], await environment({ MTLS_DELIVRY: 'sds' }))).code).toBe(78);
    expect((await transcript(['serve'], await environment({ NODE_OPTIONS: '--inspect' }))).code).toBe(78);
    expect((await transcript(['serve'], await environment())).code).toBe(78);
    expect((await transcript(['serve'], await environment({ MTLS_ENDPOINT: 'virtualNode/nobody' }))).code).toBe(65);
  });

  it('wants no Envoy binary', async () => {
    const { code, stderr } = await transcript(['serve'], await environment({ MTLS_ENVOY: '/nonexistent/envoy', MTLS_IDENTITY: 'file:/nonexistent', MTLS_TRUST: 'file:/nonexistent', MTLS_DEADLINE: '250ms' }));
    expect(code).toBe(69);
    expect(stderr).not.toContain('/nonexistent/envoy');
  });
});
