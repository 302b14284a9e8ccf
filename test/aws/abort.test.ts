import { expect, test } from 'vitest';
import { orAbort } from '../../src/aws/abort.ts';

test('gives what the work comes to', async () => {
  const { signal } = new AbortController();
  expect(await orAbort(() => Promise.resolve(1), signal)).toBe(1);
  await expect(orAbort(() => Promise.reject(new Error('failed')), signal)).rejects.toThrow('failed');
});

test('ends with the reason of the signal, even when the work never ends', async () => {
  const controller = new AbortController();
  const over = orAbort(() => new Promise(() => undefined), controller.signal);
  controller.abort(new Error('deadline'));
  await expect(over).rejects.toThrow('deadline');
});

test('does not begin after the signal', async () => {
  let begun = false;
  const work = (): Promise<void> => {
    begun = true;
    return Promise.resolve();
  };
  await expect(orAbort(work, AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
  expect(begun).toBe(false);
});
