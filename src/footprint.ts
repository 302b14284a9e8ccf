import type { Clock } from './clock.ts';

/** Between a start or a rotation and the release: what it was about is over by then, or waits for something that takes longer anyway. */
const RELEASE_AFTER_MS = 3_000;
/** The first pass frees what the second can give back as whole pages. */
const RELEASE_AGAIN_MS = 500;

/** Calls `release` some seconds after each call of what it returns, twice; calls that come meanwhile are covered by it. */
export function releaseLater(release: () => void, clock: Clock, over: AbortSignal): () => void {
  let waiting = false;
  const wait = async (): Promise<void> => {
    await clock.sleep(RELEASE_AFTER_MS, over);
    waiting = false;
    release();
    await clock.sleep(RELEASE_AGAIN_MS, over);
    release();
  };
  return () => {
    if (waiting) return;
    waiting = true;
    // rejects when the agent ends before
    void wait().catch(() => undefined);
  };
}

/**
 * Gives back what only the start needed (`npm run bench` shows what is left): V8 keeps the pages of a heap that was larger until memory
 * gets scarce, which an idle agent never brings about.
 */
export function releaseMemory(): void {
  // here and not at the start: with a flag of size V8 takes no code cache any more
  const { setFlagsFromString } = process.getBuiltinModule('node:v8');
  setFlagsFromString('--optimize-for-size');
  setFlagsFromString('--expose-gc');
  const collect = process.getBuiltinModule('node:vm').runInNewContext('gc') as (options?: object) => void;
  // Node 20 does not know these options, and then collects the young generation only
  collect();
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
