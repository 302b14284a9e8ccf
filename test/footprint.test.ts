import { expect, it } from 'vitest';
import { releaseMemory } from '../src/footprint.ts';

it('gives back what nobody holds any more', () => {
  let garbage: unknown[] | undefined = Array.from({ length: 400_000 }, (_, index) => ({ index }));
  expect(garbage).toHaveLength(400_000);
  const before = process.memoryUsage().heapUsed;
  garbage = undefined;
  releaseMemory();
  expect(process.memoryUsage().heapUsed).toBeLessThan(before - 8_000_000);
});
