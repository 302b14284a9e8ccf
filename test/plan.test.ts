import { join } from 'node:path';
import { mkdir, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../src/config/parse.ts';
import { type Plan, plan as planOf } from '../src/plan.ts';
import { memoryDirectory } from './fixtures/directory.ts';

const COLOR = join(import.meta.dirname, '..', 'mesh', 'color');

async function plan(environment: Readonly<Record<string, string>>): Promise<Plan> {
  return planOf(await parseConfig(environment), { file: undefined, rest: [] });
}

const gateway = (state: string): Record<string, string> => ({ MTLS_MESH: `${COLOR},${join(COLOR, state)}`, MTLS_ENDPOINT: 'virtualGateway/colorgateway' });

describe('what an endpoint runs with', () => {
  it('is compiled from the definitions that the environment names', async () => {
    const { manifest, configuration } = await plan(gateway('mtls'));
    expect(manifest).toMatchObject({ mesh: 'mtls', endpoint: 'virtualGateway/colorgateway' });
    expect(manifest.secrets.map(({ kind }) => kind).sort()).toEqual(['identity', 'trust']);
    expect(configuration).toHaveProperty('bootstrap.static_resources.clusters');
  });

  it('needs trust alone in one-way mode, and nothing without TLS (promises 12, 27)', async () => {
    expect((await plan(gateway('one-way'))).manifest.secrets.map(({ kind }) => kind)).toEqual(['trust']);
    expect((await plan(gateway('no-tls'))).manifest.secrets).toEqual([]);
  });

  it('uses the directory and the way of delivery that the environment names', async () => {
    const text = JSON.stringify((await plan({ ...gateway('mtls'), MTLS_DIR: '/run/elsewhere', MTLS_DELIVERY: 'files' })).configuration);
    expect(text).toContain('/run/elsewhere/sds/');
    expect(text).not.toContain('/run/mtls-agent');
  });
});

describe('what it cannot run with', () => {
  it('is no mesh at all', async () => {
    await expect(plan({ MTLS_ENDPOINT: 'virtualNode/colorteller' })).rejects.toMatchObject({ code: 'config-invalid', exitCode: 78, message: expect.stringContaining('MTLS_MESH is not set') as string });
  });

  it('is a mesh without a word which endpoint is meant', async () => {
    await expect(plan({ MTLS_MESH: COLOR })).rejects.toMatchObject({ code: 'config-invalid', message: expect.stringContaining('MTLS_ENDPOINT is not set') as string });
  });

  it('is an endpoint that the mesh does not have; those it has are named', async () => {
    await expect(plan({ ...gateway('mtls'), MTLS_ENDPOINT: 'virtualNode/colourteller' })).rejects.toMatchObject({
      code: 'definition-invalid',
      exitCode: 65,
      retryable: false,
      message: expect.stringMatching(/^the definitions have 1 error\n {2}.*virtualNode\/colourteller.*\(it has .*virtualNode\/colorteller/) as string,
    });
  });

  it('is a definition with errors, each listed with file, line and column', async () => {
    const directory = await memoryDirectory();
    const layer = join(directory, 'layer');
    await mkdir(layer);
    const node = (name: string): string => JSON.stringify({ meshName: 'color', virtualNodeName: name, spec: { listener: [] } }, undefined, 2);
    await writeFile(join(layer, 'a.json'), node('a'));
    await writeFile(join(layer, 'b.json'), node('b'));
    const thrown: unknown = await plan({ ...gateway('mtls'), MTLS_MESH: `${gateway('mtls').MTLS_MESH ?? ''},${layer}` }).catch((error: unknown) => error);
    const { message } = thrown as Error;
    expect(message).toMatch(/^the definitions have \d+ errors\n/);
    expect(message).toMatch(/a\.json:\d+:\d+: .*listener/);
    expect(message).toMatch(/b\.json:\d+:\d+: .*listener/);
  });

  it('is a file that is not there', async () => {
    await expect(plan({ ...gateway('mtls'), MTLS_MESH: '/nonexistent/mesh' })).rejects.toMatchObject({ code: 'definition-invalid', message: 'cannot read /nonexistent/mesh: no such file or directory' });
  });
});
