import { chmod, mkdir, readFile, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { inspectDirectory, orUnusable, prepareDirectory, writeWhole } from '../../src/sink/directory.ts';
import { diskDirectory, memoryDirectory } from '../fixtures/directory.ts';

const uid = process.getuid!();
let directory: string;
beforeEach(async () => {
  directory = await memoryDirectory();
});

const refusal = (message: string): object => ({ code: 'directory-unusable', message: expect.stringContaining(message) as string });

describe('the directory of the agent', () => {
  it('is made with its parents, 0700', async () => {
    const path = join(directory, 'a', 'b');
    await prepareDirectory(path, { uid, inMemory: true });
    expect((await stat(path)).mode & 0o777).toBe(0o700);
  });

  it('is taken as it is when it is ours and closed to others', async () => {
    await prepareDirectory(directory, { uid, inMemory: true });
    expect(await readdir(directory)).toEqual([]);
  });

  it.each([0o755, 0o750, 0o701])('is refused with mode %o, and the mode is named', async (mode) => {
    await chmod(directory, mode);
    await expect(prepareDirectory(directory, { uid, inMemory: false })).rejects.toMatchObject(refusal(`has mode 0${mode.toString(8)}`));
  });

  it('is refused when it belongs to another user, with both sides', async () => {
    await expect(prepareDirectory(directory, { uid: uid + 1, inMemory: false })).rejects.toMatchObject(refusal(`belongs to uid ${uid}, the agent runs as uid ${uid + 1}`));
  });

  it('is refused when it is a link or a file', async () => {
    const [link, file, target] = [join(directory, 'link'), join(directory, 'file'), join(directory, 'target')];
    await mkdir(target, { mode: 0o700 });
    await symlink(target, link);
    await writeFile(file, '');
    await expect(prepareDirectory(link, { uid, inMemory: false })).rejects.toMatchObject(refusal('is no directory'));
    await expect(prepareDirectory(file, { uid, inMemory: false })).rejects.toMatchObject(refusal(file));
  });

  it('is refused on a disk where a key would be written, and only there (promises 5, 129)', async () => {
    const onDisk = await diskDirectory();
    await expect(prepareDirectory(onDisk, { uid, inMemory: true })).rejects.toMatchObject({
      ...refusal('a key is written to tmpfs or ramfs only'),
      hint: expect.stringContaining('MTLS_ALLOW_DISK=true') as string,
    });
    await prepareDirectory(onDisk, { uid, inMemory: false });
  });

  it('is inspected without being made', async () => {
    const path = join(directory, 'a');
    await expect(inspectDirectory(path, { uid, inMemory: false })).rejects.toThrow();
    expect(await readdir(directory)).toEqual([]);
  });
});

it('writes a file whole, for its owner alone, and leaves nothing beside it', async () => {
  const path = join(directory, 'envoy.json');
  await writeWhole(path, 'first');
  await writeWhole(path, 'second');
  expect(await readFile(path, 'utf8')).toBe('second');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(directory)).toEqual(['envoy.json']);
});

describe('what the file system refuses', () => {
  const failing = (code: string): (() => Promise<never>) => () => Promise.reject(Object.assign(new Error(`${code}: refused, open 'x'`), { code, syscall: 'open' }));

  it.each([
    ['ENOSPC', 'the directory /m is full'],
    ['EDQUOT', 'the directory /m is full'],
    ['EROFS', 'the directory /m is read-only'],
    ['EACCES', "the directory /m cannot be written to: EACCES: refused, open 'x'"],
  ])('as %s is told as such, with a way out', async (code, message) => {
    await expect(orUnusable('/m', failing(code))).rejects.toMatchObject({ code: 'directory-unusable', message, exitCode: 78, hint: expect.any(String) as string });
  });

  it('is told from a defect of ours, which passes as it is', async () => {
    await expect(orUnusable('/m', () => Promise.reject(new TypeError('x is not a function')))).rejects.toThrow(TypeError);
    expect(await orUnusable('/m', () => Promise.resolve(1))).toBe(1);
  });

  it('leaves nothing of a file that could not be written whole', async () => {
    await mkdir(join(directory, 'envoy.json'));
    await expect(writeWhole(join(directory, 'envoy.json'), 'x')).rejects.toThrow();
    expect(await readdir(directory)).toEqual(['envoy.json']);
  });
});
