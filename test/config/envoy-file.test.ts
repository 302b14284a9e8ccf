import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readEnvoyFile } from '../../src/config/envoy-file.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'envoy-file-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function read(name: string, text: string): Promise<unknown> {
  await writeFile(join(directory, name), text);
  return readEnvoyFile(join(directory, name));
}

it('reads YAML and JSON, and camelCase as Envoy does', async () => {
  const wanted = { static_resources: { listeners: [{ name: 'a', typed_config: { '@type': 'x.y/Z' } }] } };
  expect(await read('e.yaml', 'staticResources:\n  listeners: [{name: a, typedConfig: {"@type": x.y/Z}}]\n')).toEqual(wanted);
  expect(await read('e.json', JSON.stringify(wanted))).toEqual(wanted);
});

it.each([
  ['e.pb', '', /no YAML and no JSON by its name/],
  ['e.yaml', 'a: [', /cannot read .*e\.yaml: /],
  ['e.yaml', '- a\n', /expected an object/],
  ['e.yaml', '', /expected an object/],
])('refuses %s with %j', async (name, text, why) => {
  await expect(read(name, text)).rejects.toMatchObject({ code: 'config-invalid', exitCode: 78, message: expect.stringMatching(why) as string });
});

it('tells a file that is not there', async () => {
  await expect(readEnvoyFile(join(directory, 'none.yaml'))).rejects.toMatchObject({ exitCode: 78, message: expect.stringContaining('ENOENT') as string });
});
