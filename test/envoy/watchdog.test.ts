import { expect, it } from 'vitest';
import type { EnvoyAdmin } from '../../src/envoy/admin.ts';
import { awaitSilence } from '../../src/envoy/watchdog.ts';
import { FakeClock } from '../fixtures/fake-clock.ts';

/** Looks at an admin that answers as told, one look after the other, then for ever as the last. */
function watch(...answers: readonly boolean[]): { readonly clock: FakeClock; readonly noted: readonly boolean[]; readonly silence: Promise<string>; readonly end: () => void } {
  const clock = new FakeClock();
  const noted: boolean[] = [];
  const over = new AbortController();
  let looks = 0;
  const state: EnvoyAdmin['state'] = () => {
    const answered = answers[Math.min(looks, answers.length - 1)] ?? true;
    looks += 1;
    return answered ? Promise.resolve('LIVE') : Promise.reject(new Error('silent'));
  };
  const admin = { address: 'unix:admin', state, get: () => Promise.reject(new Error('not asked')), post: () => Promise.reject(new Error('not asked')) };
  const silence = awaitSilence({ admin, clock, note: (silent) => noted.push(silent) }, over.signal).then(
    () => 'silent',
    (cause: unknown) => (cause as Error).message,
  );
  return { clock, noted, silence, end: () => over.abort(new Error('envoy has ended')) };
}

it('three silent looks in a row are a hanging Envoy', async () => {
  const { clock, noted, silence } = watch(true, false);
  await clock.advance(20_000);
  expect(await silence).toBe('silent');
  expect(noted).toEqual([true]);
});

it('an answer in between starts the count anew and is told', async () => {
  const { clock, noted, silence, end } = watch(false, false, true, false, false, true);
  await clock.advance(60_000);
  expect(noted).toEqual([true, false, true, false]);
  end();
  expect(await silence).toBe('envoy has ended');
});

it('an Envoy that ends is no hanging one', async () => {
  const { clock, silence, end } = watch(false);
  await clock.advance(5_000);
  end();
  expect(await silence).toBe('envoy has ended');
});
