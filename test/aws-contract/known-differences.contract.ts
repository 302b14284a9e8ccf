import { describe, expect, it } from 'vitest';
import { DIFFERENCES } from './known-differences.ts';
import { STAND_INS } from './stand-in.ts';

/** Red when one side has changed: the row then goes, or its case moves into the contract. */
describe.each(DIFFERENCES)('$about (faithful: $faithful, $because)', (difference) => {
  it.each([
    ['the embedded AWS', difference.embedded],
    ['moto', difference.moto],
  ] as const)('is answered by %s in its own way', async (name, answer) => {
    const standIn = await STAND_INS[name]();
    try {
      expect(await difference.observe(standIn)).toEqual(answer);
    } finally {
      await standIn.stop();
    }
  });
});
