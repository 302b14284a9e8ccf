import { spawnSync } from 'node:child_process';
import { chmod, copyFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { envoyPath } from '../fixtures/real-envoy.ts';
import { DELIVERIES } from '../fixtures/running-mesh.ts';
import { leavesNothing, startDemo } from '../fixtures/running-demo.ts';

const NOBODY = { uid: 65_534, gid: 65_534 };

/** Whoever runs the tests, unless it is root. */
const user = process.getuid?.() === 0 ? NOBODY : undefined;

/** Envoy where an ordinary user can execute it, too: a cache below root's home is closed to others. */
async function envoyForAll(): Promise<string> {
  const path = envoyPath();
  if (spawnSync('test', ['-x', path], { ...user }).status === 0) return path;
  const copy = join(tmpdir(), `envoy-of-nobody-${process.pid}`);
  onTestFinished(() => rm(copy, { force: true }));
  await copyFile(path, copy);
  await chmod(copy, 0o755);
  return copy;
}

test.each(DELIVERIES)('an ordinary user runs it, delivery by %s', async (delivery) => {
  const demo = await startDemo({ arguments: ['--once', '--json', '--delivery', delivery], envoy: await envoyForAll(), ...(user && { user }) });
  expect(await demo.exited, demo.stderr()).toBe(0);
  expect(JSON.parse(demo.stdout())).toMatchObject({ pass: true, delivery });
  await leavesNothing(demo);
});
