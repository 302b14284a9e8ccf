import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeStacks } from '../../build/stacks.mjs';
import { python } from './python.ts';

const LINT = 'from cfnlint.runner import main; main()';
let folder = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stacks-'));
  await writeStacks(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

const SOURCES = join(import.meta.dirname, '../../mesh/stacks');

test.each(readdirSync(SOURCES))('%s has nothing that cfn-lint finds, as it is written and as it is deployed', async (name) => {
  await expect(python(LINT, {}, [join(SOURCES, name), join(folder, name)])).resolves.toBe('');
});

// W3002: local code wants `aws cloudformation package`, which is what this form is for
test('the form with the SDK inside is for aws cloudformation package, and has nothing else', async () => {
  await expect(python(LINT, {}, ['--ignore-checks', 'W3002', '--', join(folder, 'renewal.pinned.yaml')])).resolves.toBe('');
});

test('and the check can fail: a misspelt property is found', async () => {
  const broken = join(folder, 'broken.yaml');
  writeFileSync(broken, readFileSync(join(SOURCES, 'certificates.yaml'), 'utf8').replace('KeyAlgorithm: !Ref', 'KeyAlgorithms: !Ref'));
  // cfn-lint prints to stdout and ends with a code of its own
  await expect(python(LINT, {}, [broken])).rejects.toThrow();
});
