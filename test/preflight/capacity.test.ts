import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkCapacity } from '../../src/preflight/capacity.ts';

let proc: string;
beforeEach(async () => {
  proc = await mkdtemp(join(tmpdir(), 'proc-'));
  await mkdir(join(proc, 'self'));
  await limits('0');
  await swaps('');
});
afterEach(() => rm(proc, { recursive: true }));

const limits = (core: string): Promise<void> => writeFile(join(proc, 'self/limits'), `Limit   Soft Limit   Hard Limit   Units\nMax core file size        ${core}                    unlimited            bytes\n`);
const swaps = (line: string): Promise<void> => writeFile(join(proc, 'swaps'), `Filename Type Size Used Priority\n${line}`);
const messages = async (delivery: 'sds' | 'files'): Promise<string[]> => (await checkCapacity({ delivery }, proc)).map(({ message }) => message);

it('says nothing where nothing can let a key out', async () => {
  expect(await messages('files')).toEqual([]);
});

it('warns of core dumps (promise 129)', async () => {
  await limits('unlimited');
  expect((await messages('sds'))[0]).toContain('core dumps are allowed (limit unlimited)');
});

it('warns of swap where keys are files, and only there', async () => {
  await swaps('/dev/sda2 partition 1000 0 -2\n');
  expect((await messages('files'))[0]).toContain('swapped out to disk');
  expect(await messages('sds')).toEqual([]);
});
