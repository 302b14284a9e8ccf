import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { releaseMemory } from '../src/footprint.ts';

/** In a function of its own, whose frame holds nothing once it has returned. */
function forgotten(): WeakRef<object> {
  return new WeakRef({ of: 'nobody' });
}

it('gives back what nobody holds any more, and nothing else', async () => {
  const held = { of: 'somebody' };
  const [lost, kept] = [forgotten(), new WeakRef(held)];
  // within this turn a weak reference holds what it refers to
  await turn();
  releaseMemory();
  expect([lost.deref(), kept.deref()]).toEqual([undefined, held]);
});
