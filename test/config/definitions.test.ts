import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readDefinitions } from '../../src/config/definitions.ts';
import { AgentError } from '../../src/errors.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'definitions-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function write(path: string, text = '{}'): void {
  mkdirSync(join(directory, path, '..'), { recursive: true });
  writeFileSync(join(directory, path), text);
}

function refusal(...paths: string[]): AgentError {
  try {
    readDefinitions(paths, directory);
  } catch (thrown) {
    if (thrown instanceof AgentError) return thrown;
  }
  throw new Error('was read');
}

it('reads a folder one level deep, in the order of names, each argument a layer', () => {
  write('mesh/b.json', '2');
  write('mesh/a.json', '1');
  write('mesh/deep/c.json');
  write('mesh/README.md');
  write('mesh/.hidden.json');
  write('more.json', '3');
  expect(readDefinitions(['mesh', 'more.json'], directory)).toEqual([
    { path: 'mesh/a.json', text: '1', layer: 0 },
    { path: 'mesh/b.json', text: '2', layer: 0 },
    { path: 'more.json', text: '3', layer: 1 },
  ]);
});

it('takes YAML along, so that the compiler refuses it instead of nobody missing it', () => {
  write('mesh/a.yaml');
  expect(readDefinitions(['mesh'], directory).map(({ path }) => path)).toEqual(['mesh/a.yaml']);
});

it('takes absolute paths', () => {
  write('a.json');
  expect(readDefinitions([join(directory, 'a.json')])).toMatchObject([{ path: join(directory, 'a.json') }]);
});

it('names a path that does not exist, and a folder without definitions', () => {
  expect(refusal('nowhere')).toMatchObject({ code: 'definition-invalid', exitCode: 65, message: 'cannot read nowhere: no such file or directory' });
  write('mesh/README.md');
  expect(refusal('mesh')).toMatchObject({ code: 'definition-invalid', message: 'mesh holds no definition', hint: 'definitions are *.json files directly in the folder' });
});
