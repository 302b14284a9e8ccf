import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { watchPaths } from '../../src/trigger/watch.ts';
import { FakeClock, settle } from '../fixtures/fake-clock.ts';
import { memoryDirectory } from '../fixtures/directory.ts';

let place: string;
beforeEach(async () => {
  place = await memoryDirectory();
});

/** Passes when a change that `stir` makes at `path` is seen. */
async function expectSeen(path: string, stir: (step: number) => Promise<unknown>): Promise<void> {
  let [seen, step] = [false, 0];
  const watch = watchPaths([path], () => (seen = true), systemClock);
  onTestFinished(() => watch.close());
  // chokidar tells nobody when it is ready for what is not there yet: change until it has seen one
  const change = async (): Promise<boolean> => {
    await stir((step += 1));
    return seen;
  };
  await expect.poll(change, { interval: 150, timeout: 5_000 }).toBe(true);
}

it('sees a file that is replaced by a rename', async () => {
  const file = join(place, 'identity.json');
  await writeFile(file, '{}');
  await expectSeen(file, async (step) => {
    await writeFile(`${file}.new`, `{"step":${step}}`);
    await rename(`${file}.new`, file);
  });
});

it('sees the symlink of a Kubernetes volume swapped, files and names unchanged', async () => {
  const volume = join(place, 'volume');
  await mkdir(volume);
  const swap = async (step: number): Promise<void> => {
    await mkdir(join(volume, `..${step}`));
    await writeFile(join(volume, `..${step}`, 'tls.crt'), 'the same length');
    await symlink(`..${step}`, join(volume, '..data_tmp'));
    await rename(join(volume, '..data_tmp'), join(volume, '..data'));
  };
  await swap(0);
  await symlink('..data/tls.crt', join(volume, 'tls.crt'));
  await expectSeen(volume, swap);
});

it('sees a folder that appears later', async () => {
  const folder = join(place, 'later');
  await expectSeen(folder, async (step) => {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder);
    await writeFile(join(folder, 'tls.crt'), String(step));
  });
});

it('says nothing when it is closed, of what it has seen before either', async () => {
  const clock = new FakeClock();
  let count = 0;
  const watch = watchPaths([place], () => (count += 1), clock);
  await expect.poll(async () => {
    await writeFile(join(place, 'file'), 'x');
    return clock.sleeps.length;
  }, { interval: 20, timeout: 5_000 }).toBe(1);
  await watch.close();
  await clock.advance(100);
  await settle();
  expect(count).toBe(0);
});

it('tells of many changes once, when they have settled', async () => {
  const clock = new FakeClock();
  let count = 0;
  const watch = watchPaths([place], () => (count += 1), clock);
  onTestFinished(() => watch.close());
  let step = 0;
  await expect.poll(async () => {
    await writeFile(join(place, `file-${(step += 1)}`), 'x');
    return clock.sleeps.length;
  }, { interval: 20, timeout: 5_000 }).toBe(1);
  for (let more = 0; more < 20; more += 1) await writeFile(join(place, 'file-1'), `x${more}`);
  expect(count).toBe(0);
  await clock.advance(100);
  await settle();
  expect(count).toBe(1);
});
