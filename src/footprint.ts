/** Between start and the first release: Envoy is up by then, or waits for something that takes longer anyway. */
export const RELEASE_AFTER_MS = 3_000;
/** The first pass frees what the second can give back as whole pages. */
export const RELEASE_AGAIN_MS = 500;

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
