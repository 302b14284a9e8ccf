import type { Clock } from '../clock.ts';
import { type AgentError, toAgentError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { startRetryMs } from '../schedule.ts';
import { type Notice, isAbout, readNotice } from './notice.ts';
import { Pace } from './pace.ts';
import { MOST_MESSAGES, type Message, type Queue } from './queue.ts';

/** How many messages were what. Only those that were `used` made the agent look. */
export type Tally = Readonly<Record<'used' | 'foreign' | 'repeated' | Exclude<Notice['kind'], 'change'> | 'undeleted', number>>;

export interface NoticeReport {
  readonly tally: Tally;
  /** Why nothing is heard at the moment. */
  readonly problem: AgentError | undefined;
}

export interface NoticePorts {
  readonly queue: Queue;
  /** What our sources read, as `isAbout` compares it. */
  readonly secretIds: readonly string[];
  readonly fire: () => void;
  readonly report: (report: NoticeReport) => void;
  readonly clock: Clock;
  /** In [0, 1), for jitter. */
  readonly random: () => number;
  readonly log: Logger;
}

/** As many as a queue can bring again before it gives up on them; ids have 36 characters. */
const REMEMBERED = 1_000;
/** After so many batches that are full, or that nobody had to wait for, somebody floods the queue: from then on it is drained at a walking pace. */
const HURRIED_BATCHES = 10;
const FLOOD_PAUSE_MS = 100;

/**
 * Listens until the signal aborts. A queue that fails costs nothing but the wait until the next poll of the sources; it is
 * told once, and tried again with growing pauses. Several consumers of one queue share its messages, each of which reaches one of them.
 */
export async function listenForNotices(ports: NoticePorts, signal: AbortSignal): Promise<void> {
  const listener = new Listener(ports, signal);
  const over = (): boolean => signal.aborted;
  for (let failures = 0, busy = 0; !over(); ) {
    const askedMs = ports.clock.monotonicMs();
    try {
      const messages = await ports.queue.receive(signal);
      failures = 0;
      listener.recovered();
      await listener.hear(messages);
      const waited = ports.clock.monotonicMs() - askedMs >= FLOOD_PAUSE_MS;
      busy = messages.length === 0 || (waited && messages.length < MOST_MESSAGES) ? 0 : busy + 1;
      if (busy > HURRIED_BATCHES) await ports.clock.sleep(FLOOD_PAUSE_MS, signal);
    } catch (thrown) {
      if (over()) return;
      failures += 1;
      listener.failed(toAgentError(thrown));
      // four times the pace of a start: nobody waits for the queue
      await ports.clock.sleep(startRetryMs(failures, ports.random()) * 4, signal).catch(() => undefined);
    }
  }
}

class Listener {
  readonly #ports: NoticePorts;
  readonly #signal: AbortSignal;
  readonly #pace: Pace;
  readonly #known = new Set<string>();
  #tally: Tally = { used: 0, foreign: 0, repeated: 0, oversized: 0, malformed: 0, unknown: 0, undeleted: 0 };
  #problem: AgentError | undefined;

  constructor(ports: NoticePorts, signal: AbortSignal) {
    this.#ports = ports;
    this.#signal = signal;
    this.#pace = new Pace(ports.fire, ports.clock, signal);
    this.#report();
  }

  /** Fires first and cleans up then: what cannot be deleted comes again, and is known. */
  async hear(messages: readonly Message[]): Promise<void> {
    if (messages.length === 0) return;
    const kinds = messages.map((message) => this.#judge(message));
    if (kinds.includes('used')) this.#pace.request();
    for (const kind of kinds) this.#count(kind, 1);
    this.#report();
    this.#count('undeleted', await this.#ports.queue.remove(messages, this.#signal));
    this.#report();
  }

  failed(error: AgentError): void {
    const { log, queue } = this.#ports;
    if (this.#problem?.code !== error.code) log.warn('notices-failed', { queue: queue.description, code: error.code, message: error.message, hint: error.hint });
    this.#problem = error;
    this.#report();
  }

  recovered(): void {
    if (this.#problem === undefined) return;
    this.#problem = undefined;
    this.#ports.log.info('notices-recovered', { queue: this.#ports.queue.description });
    this.#report();
  }

  #judge({ id, body }: Message): keyof Tally {
    const notice = readNotice(body);
    if (notice.kind !== 'change') return notice.kind;
    // of the message and of the event: what was sent twice has two messages
    const known = [id, notice.id].map((each) => this.#isKnown(each));
    if (known.includes(true)) return 'repeated';
    const { secretIds, log } = this.#ports;
    const concerned = secretIds.filter((secretId) => notice.resources.some((resource) => isAbout(resource, secretId)));
    if (notice.resources.length > 0 && concerned.length === 0) return 'foreign';
    log.info('notice', { message: id, concerns: concerned });
    return 'used';
  }

  #isKnown(id: string | undefined): boolean {
    if (id === undefined || id === '') return false;
    if (this.#known.has(id)) return true;
    this.#known.add(id);
    const [oldest] = this.#known;
    if (this.#known.size > REMEMBERED && oldest !== undefined) this.#known.delete(oldest);
    return false;
  }

  #count(kind: keyof Tally, by: number): void {
    this.#tally = { ...this.#tally, [kind]: this.#tally[kind] + by };
  }

  #report(): void {
    this.#ports.report({ tally: this.#tally, problem: this.#problem });
  }
}
