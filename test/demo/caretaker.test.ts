import { rmdirSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeRuntimeDirectory } from '../../src/demo/caretaker.ts';

let base: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'run-'));
});
afterEach(() => rm(base, { recursive: true }));

it('makes its directory, ours alone, where the session keeps such things', async () => {
  const made = makeRuntimeDirectory({ XDG_RUNTIME_DIR: base });
  expect(made.startsWith(`${base}/mtls-demo-`)).toBe(true);
  expect((await stat(made)).mode & 0o777).toBe(0o700);
});

it('goes elsewhere when the path would be too long for a socket', () => {
  const made = makeRuntimeDirectory({ XDG_RUNTIME_DIR: `${base}/${'x'.repeat(80)}` });
  rmdirSync(made);
  expect(made.length).toBeLessThan(60);
});
