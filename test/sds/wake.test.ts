import { expect, it } from 'vitest';
import { Wake } from '../../src/sds/wake.ts';

it('wakes who waits', async () => {
  const wake = new Wake();
  const waiting = wake.wait();
  wake.ring();
  expect(await waiting).toBe(true);
});

it('keeps what happens while nobody waits, several times as one', async () => {
  const wake = new Wake();
  wake.ring();
  wake.ring();
  expect(await wake.wait()).toBe(true);
  const state = { woken: false };
  const second = wake.wait().then(() => (state.woken = true));
  await Promise.resolve();
  expect(state.woken).toBe(false);
  wake.ring();
  await second;
});

it('tells the end, to who waits and to who comes later', async () => {
  const wake = new Wake();
  const waiting = wake.wait();
  wake.end();
  expect(await waiting).toBe(false);
  wake.end();
  expect(await wake.wait()).toBe(false);
});
