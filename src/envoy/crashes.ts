/** More than this within the window is no accident: the orchestrator, with its own view and its own backoff, does better than we. */
export const CRASH_LIMIT = 5;
export const CRASH_WINDOW_MS = 60_000;
/** The first comes soon, for nobody is served meanwhile: as long as Envoy itself takes to start. */
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 10_000;

/** Decides after each crash of Envoy whether it is started again. */
export class Crashes {
  #atMs: number[] = [];

  /**
   * Counts a crash. Returns the delay of the restart, or undefined when this was one too many.
   *
   * @param nowMs on the monotonic clock
   * @param random in [0, 1): the gateways of a mesh that died of the same request do not all come back in the same moment
   */
  count(nowMs: number, random: number): number | undefined {
    this.#atMs = [...this.#atMs.filter((atMs) => nowMs - atMs < CRASH_WINDOW_MS), nowMs];
    if (this.#atMs.length >= CRASH_LIMIT) return undefined;
    const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (this.#atMs.length - 1));
    return ceiling / 2 + (ceiling / 2) * random;
  }
}
