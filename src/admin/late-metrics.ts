import type { Event, StatusBoard } from '../status.ts';
import type { Metrics } from './metrics.ts';

/** Until somebody asks, so many events wait to be counted: 16 hours of polls. Then the library is loaded whether it is wanted or not. */
const MOST_WAITING = 1_000;

export interface Exposition {
  readonly type: string;
  readonly body: string;
}

/**
 * Counts from the first event on, and loads the library that counts when it is asked for the first time: most agents have no
 * use for its memory, and none has for its load time at the start.
 */
export class LateMetrics {
  readonly #board: StatusBoard;
  #waiting: Event[] = [];
  #metrics: Promise<Metrics> | undefined;
  #type = 'text/plain';

  constructor(board: StatusBoard) {
    this.#board = board;
    board.listen((event) => this.#note(event));
  }

  async expose(): Promise<Exposition> {
    const metrics = await this.#load();
    return { type: this.#type, body: await metrics.render(this.#board.current) };
  }

  #note(event: Event): void {
    // nothing to count in it, and the most frequent of all
    if (event.kind === 'turn') return;
    this.#waiting.push(event);
    if (this.#waiting.length > MOST_WAITING) void this.#load();
  }

  async #load(): Promise<Metrics> {
    this.#metrics ??= import('./metrics.ts').then(({ METRICS_TYPE, Metrics: Loaded }) => {
      this.#type = METRICS_TYPE;
      return new Loaded(this.#board.current);
    });
    const metrics = await this.#metrics;
    for (const event of this.#waiting.splice(0)) metrics.note(event);
    return metrics;
  }
}
