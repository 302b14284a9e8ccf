import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findMoto, type Moto } from '../../build/moto.mjs';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'find-moto-'));
});

afterEach(() => rm(directory, { recursive: true }));

interface Script {
  readonly version?: string;
  readonly pip?: boolean;
  /** What pip does, its target in $2. */
  readonly install?: string;
}

/** A python3 that introduces itself and whose pip "installs"; it counts its installs. */
async function python({ version = '3.11', pip = true, install = 'echo moto > "$2/moto"' }: Script): Promise<void> {
  const [major = '', minor = ''] = version.split('.');
  const file = join(directory, 'bin', 'python3');
  await mkdir(join(directory, 'bin'));
  await writeFile(
    file,
    `#!/bin/sh
     [ "$1" = -c ] && printf '%s\\n' '${file}' ${major} ${minor} cpython-${major}${minor}-linux && exit 0
     [ "$3" = --version ] && exit ${pip ? 0 : 1}
     while [ "$1" != --target ]; do shift; done
     echo install >> '${directory}/installs'
     ${install}`,
  );
  await chmod(file, 0o755);
}

function find(log: (line: string) => void = () => undefined): Promise<Moto> {
  return findMoto({ env: { PATH: join(directory, 'bin') }, log, cacheDirectory: join(directory, 'cache') });
}

const WAYS_OUT = /no moto: [\s\S]*python3 of 3\.10 or newer[\s\S]*python3-pip[\s\S]*network/;

test('fetches once, announces it, and finds the same again', async () => {
  await python({});
  const lines: string[] = [];
  const found = await find((line) => lines.push(line));
  expect(await find()).toEqual(found);
  expect(found.python).toBe(join(directory, 'bin', 'python3'));
  expect(await readdir(found.directory)).toEqual(['moto']);
  expect(await readFile(join(directory, 'installs'), 'utf8')).toBe('install\n');
  expect(lines).toEqual([expect.stringMatching(/^fetching moto with pip \(\d+ MB on disk, once\)/), 'fetched moto']);
});

test('keeps what was fetched for one Python away from another', async () => {
  await python({});
  const one = await find();
  await rm(join(directory, 'bin'), { recursive: true });
  await python({ version: '3.13' });
  expect((await find()).directory).not.toBe(one.directory);
});

test('leaves nothing half-fetched behind, and says what pip said', async () => {
  await python({ install: 'echo half > "$2/half"; echo "no matching distribution" >&2; exit 1' });
  await expect(find()).rejects.toThrow(/no matching distribution/);
  await expect(find()).rejects.toThrow(WAYS_OUT);
  expect(await readdir(join(directory, 'cache'))).toEqual([]);
});

test('says which Python is too old', async () => {
  await python({ version: '3.9' });
  await expect(find()).rejects.toThrow(/needs Python 3\.10 or newer, and .*python3 is 3\.9/);
  await expect(find()).rejects.toThrow(WAYS_OUT);
});

test('says that pip is missing', async () => {
  await python({ pip: false });
  await expect(find()).rejects.toThrow(/python3 has no pip/);
  await expect(find()).rejects.toThrow(WAYS_OUT);
});

test('says that Python is missing', async () => {
  await expect(find()).rejects.toThrow(/python3 is not on PATH/);
  await expect(find()).rejects.toThrow(WAYS_OUT);
});
