import { chmod, chown, mkdir, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { diskDirectory } from '../fixtures/directory.ts';
import type { RunningAgent } from '../fixtures/running-agent.ts';
import { DELIVERIES, createMesh } from '../fixtures/running-mesh.ts';
import { canMount, smallTmpfs } from '../fixtures/small-tmpfs.ts';

const isRoot = process.getuid!() === 0;

async function refuses(agent: RunningAgent, message: string | RegExp): Promise<void> {
  expect(await agent.exited, agent.output()).toBe(78);
  const errors = (): string[] => agent.output().split('\n').filter((line) => line.startsWith('error: '));
  await expect.poll(errors, { timeout: 2_000 }).toHaveLength(1);
  expect(errors()[0]).toMatch(message);
  expect(agent.output()).not.toContain('envoy-started');
}

/** `directory` as MTLS_DIR, whatever it is; the fixture makes one only where none is. */
async function start(mesh: Awaited<ReturnType<typeof createMesh>>, directory: string): Promise<RunningAgent> {
  return mesh.start('teller', { directory: join(mesh.place, 'unused'), environment: { MTLS_DIR: directory } });
}

describe.each(DELIVERIES)('MTLS_DIR, with delivery by %s', (delivery) => {
  const mesh = (): ReturnType<typeof createMesh> => createMesh({ state: 'one-way', delivery });

  test('is made when it is missing, for the agent alone', async () => {
    const home = await mesh();
    const directory = join(home.place, 'a', 'b');
    const agent = await start(home, directory);
    await agent.ready();
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
  });

  test('is refused when others may enter', async () => {
    const home = await mesh();
    const directory = join(home.place, 'open');
    await mkdir(directory);
    await chmod(directory, 0o755);
    await refuses(await start(home, directory), /has mode 0755, others may enter$/);
  });

  // only root can give a directory away
  test.runIf(isRoot)('is refused when it belongs to somebody else', async () => {
    const home = await mesh();
    const directory = join(home.place, 'theirs');
    await mkdir(directory, { mode: 0o700 });
    await chown(directory, 12_345, 12_345);
    await refuses(await start(home, directory), /belongs to uid 12345, the agent runs as uid 0$/);
  });

  test('is refused when it is a link, a file, or below a file', async () => {
    const home = await mesh();
    await mkdir(join(home.place, 'target'), { mode: 0o700 });
    await symlink('target', join(home.place, 'link'));
    await writeFile(join(home.place, 'file'), '');
    await refuses(await start(home, join(home.place, 'link')), /link is no directory$/);
    await refuses(await start(home, join(home.place, 'file')), /file cannot be created: EEXIST/);
    await refuses(await start(home, join(home.place, 'file', 'below')), /below cannot be created: ENOTDIR/);
  });

  test('is refused when the path of a socket in it would be cut', async () => {
    const home = await mesh();
    await refuses(await start(home, join(home.place, 'x'.repeat(80))), /MTLS_DIR: \S+ has \d+ bytes, expected at most 90, so that the path of a socket in it fits/);
    expect(await readdir(home.place)).not.toContain('x'.repeat(80));
  });

  // root in a container often may not mount either: then the unit tests of the same words stand alone
  test.runIf(canMount)('is refused when it is full', async () => {
    const directory = await smallTmpfs('size=4k');
    await refuses(await start(await mesh(), directory), /^error: the directory \S+ is full$/);
    expect(await readdir(directory)).toEqual([]);
  });

  test.runIf(canMount)('is refused when it is read-only', async () => {
    await refuses(await start(await mesh(), await smallTmpfs('ro')), /read-only/);
  });
});

test('a key is written to no disk (promises 5, 129)', async () => {
  const home = await createMesh({ state: 'one-way', delivery: 'files' });
  await refuses(await start(home, await diskDirectory()), /is on a file system of type 0x[0-9a-f]+, a key is written to tmpfs or ramfs only$/);
});

test.runIf(canMount)('one that becomes full at a rotation keeps the last good material, and takes the new one when there is room', async () => {
  const home = await createMesh({ state: 'one-way', delivery: 'files' });
  const directory = await smallTmpfs('size=256k');
  const agent = await start(home, directory);
  await agent.ready();
  const before = await readdir(join(directory, 'generations'));
  await writeFile(join(directory, 'ballast'), Buffer.alloc(1_048_576)).catch(() => undefined);
  const { version } = await home.renew('teller');
  agent.signal('SIGHUP');
  await expect.poll(() => agent.events().find(({ event }) => event === 'delivery-failed'), { timeout: 10_000 }).toMatchObject({ code: 'directory-unusable', message: `the directory ${directory} is full` });
  expect(await readdir(join(directory, 'generations'))).toEqual(before);
  expect((await agent.ask('/ready')).status).toBe(200);
  await rm(join(directory, 'ballast'));
  agent.signal('SIGHUP');
  await agent.took(version);
});

describe.each(DELIVERIES)('two agents on one directory, by %s', (delivery) => {
  test('the second is refused, and the first goes on as if nothing had been', async () => {
    const { start: run, renew, ask, place } = await createMesh({ delivery });
    const [first] = await Promise.all([run('teller').then(async (agent) => (await agent.ready(), agent)), run('gateway').then((agent) => agent.ready())]);
    const before = await readdir(first.directory);
    // the directory of the fixture is another one: it is removed with its agent
    const second = await run('teller', { directory: join(place, 'unused'), environment: { MTLS_DIR: first.directory } });
    await refuses(second, /sds\.sock is served by another process$/);
    expect(await readdir(first.directory)).toEqual(before);
    expect((await first.ask('/ready')).status).toBe(200);
    const { version } = await renew('teller');
    first.signal('SIGHUP');
    await first.took(version);
    expect(await ask()).toEqual({ status: 200, body: 'yellow' });
  });

  test('of two that start at the same time one runs', async () => {
    const { start: run, place } = await createMesh({ state: 'one-way', delivery });
    const environment = { MTLS_DIR: join(place, 'shared') };
    const rivals = await Promise.all(['a', 'b'].map((name) => run('teller', { directory: join(place, name), environment })));
    const ends = rivals.map(async (agent) => ({ agent, code: await agent.exited }));
    const { agent: loser, code } = await Promise.race(ends);
    expect(code, loser.output()).toBe(78);
    await rivals.find((agent) => agent !== loser)!.ready();
  });
});
