import { expect, test } from 'vitest';
import { leavesNothing, startDemo } from '../fixtures/running-demo.ts';

const RENEWED = /^renewed {5}colorteller(?:-2)? → ([0-9a-f]{8})… proven after \d+ ms, colorgateway → ([0-9a-f]{8})… proven after \d+ ms {3}(\d+) requests so far, 0 failed$/;

test.each(['sds', 'files'])('both sides by %s, in between a bad secret, another CA and another ColorTeller, and no request fails (promise 117)', async (delivery) => {
  const demo = await startDemo({ arguments: ['--once', '--rotate', '100ms', '--delivery', delivery] });
  expect(await demo.exited, demo.stderr()).toBe(0);
  const lines = demo.stdout().split('\n').filter((line) => /^(renewed|bad secret|changed CA|restarted) /.test(line));
  expect(lines.map((line) => line.slice(0, 12).trim())).toEqual(['renewed', 'bad secret', 'renewed', 'changed CA', 'renewed', 'restarted', 'renewed']);
  const [, bad, , authority, , restarted] = lines;
  const serials = lines.filter((line) => line.startsWith('renewed')).flatMap((line) => RENEWED.exec(line)?.slice(1, 3) ?? [`no match: ${line}`]);
  expect(new Set(serials).size, serials.join(' ')).toBe(8);
  expect(bad).toMatch(/^bad secret {2}colorteller: key-passphrase-wrong after \d+ ms, the last good certificate stays in use {3}\d+ requests so far, 0 failed$/);
  expect(authority).toMatch(/^changed CA {2}of colorgateway: added \d+ ms, certificate moved \d+ ms, old one removed \d+ ms {3}\d+ requests so far, 0 failed$/);
  expect(restarted).toMatch(/^restarted {3}colorteller-2 is ready, its predecessor has drained and ended, \d+ ms {3}\d+ requests so far, 0 failed$/);
  await leavesNothing(demo);
});

test('until Ctrl-C, which leaves nothing', async () => {
  const demo = await startDemo({ arguments: ['--rotate', '50ms', '--mode', 'one-way'] });
  await expect.poll(() => demo.stdout().match(/^renewed /gm)?.length ?? 0, { timeout: 30_000 }).toBeGreaterThan(3);
  demo.signal('SIGINT');
  expect(await demo.exited, demo.stderr()).toBe(0);
  await leavesNothing(demo);
});
