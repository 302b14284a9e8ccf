import type { Clock } from './clock.ts';
import { AgentError, toAgentError } from './errors.ts';
import { describeChanges } from './generation/description.ts';
import { type Generation, changedNames, succeed } from './generation/generation.ts';
import type { Logger } from './log.ts';
import type { Managed } from './managed.ts';
import type { Material } from './material/material.ts';
import { Reader } from './reader.ts';
import type { Sink } from './sink/sink.ts';
import type { StatusBoard } from './status.ts';

/** Shows on the wire that Envoy uses a generation. */
export interface Prover {
  prove(generation: Generation, signal: AbortSignal): Promise<void>;
}

export interface ReconcilerPorts {
  readonly sink: Sink;
  readonly prover: Prover;
  readonly clock: Clock;
  readonly log: Logger;
  readonly status: StatusBoard;
}

/** Envoy acknowledges within milliseconds; one that is reconnecting needs up to its retry interval, and one that is starting its start. */
const DELIVERY_LIMIT_MS = 30_000;

/**
 * Two requests of five seconds, credentials before them and what is parsed after them, twice over. The SDK limits the wait
 * for an answer and not the answer itself, which may come byte by byte or stop for good.
 */
const FETCH_LIMIT_MS = 20_000;

/** How an attempt ended: the failures of single secrets, and whether everything that is held is proven. */
export interface Outcome {
  readonly failures: readonly AgentError[];
  readonly complete: boolean;
}

/** Brings what the sources hold to Envoy, one attempt at a time; keeps the last good material of every secret in force. */
export class Reconciler {
  readonly #readers: readonly Reader[];
  readonly #ports: ReconcilerPorts;
  #held: Generation | undefined;
  #proven = false;
  #waitingFor = 'the sources';
  /** When the attempt that is under way began, on the monotonic clock. */
  #lookedAtMs = 0;
  /** What was offered last, and so may be on the wire, is not known to be what is held. */
  #astray = true;
  /** Fingerprints that Envoy refused, by secret name: not offered again until the source holds something else. */
  readonly #refused = new Map<string, string>();

  constructor(managed: readonly Managed[], ports: ReconcilerPorts) {
    this.#readers = managed.map((each) => new Reader(each, ports.clock));
    this.#ports = ports;
  }

  get held(): Generation | undefined {
    return this.#held;
  }

  /** What the attempt that is under way waits for, as people read it. */
  get waitingFor(): string {
    return this.#waitingFor;
  }

  /** What was proven may be so no longer: the next attempt looks again. */
  doubt(): void {
    this.#proven = false;
  }

  /** What Envoy refused is offered again, once, if the sources still hold it. */
  forgetRefusals(): void {
    this.#refused.clear();
  }

  /** Asks the sources of `names`, publishes what changed, proves it. Failures are reported, never thrown; it rejects only when the signal aborts. */
  async attempt(names: ReadonlySet<string>, signal: AbortSignal): Promise<Outcome> {
    this.#waitingFor = 'the sources';
    this.#lookedAtMs = this.#ports.clock.monotonicMs();
    const looks = await Promise.all(this.#readers.filter(({ managed }) => names.has(managed.secret.name)).map((reader) => this.#look(reader, signal)));
    const failures = looks.flatMap((look) => (look instanceof AgentError ? [look] : []));
    const found = new Map(looks.flatMap((look) => (look instanceof AgentError ? [] : [look])));
    // before the first delivery everything must be there; later each part fails alone
    const total = this.#held === undefined && found.size < this.#readers.length;
    if (total) return { failures, complete: false };
    const next = succeed(this.#held, found);
    const delivered = await this.#deliver(next, signal);
    return { failures: [...failures, ...delivered], complete: failures.length + delivered.length === 0 };
  }

  async #look(reader: Reader, signal: AbortSignal): Promise<readonly [string, Material] | AgentError> {
    const { secret, sources } = reader.managed;
    const { clock, log, status } = this.#ports;
    try {
      const material = await reader.read(clock.deadline(FETCH_LIMIT_MS, tooSlow(), signal));
      this.#checkNotRefused(secret.name, material);
      status.note({ kind: 'recovered', name: secret.name });
      return [secret.name, material];
    } catch (thrown) {
      const error = toAgentError(thrown);
      if (signal.aborted) throw error;
      status.note({ kind: 'failed', name: secret.name, error, at: clock.now() });
      log.error('source-failed', { secret: secret.name, source: sources.map(({ description }) => description).join(','), code: error.code, message: error.message, hint: error.hint });
      return error;
    }
  }

  #checkNotRefused(name: string, { fingerprint }: Material): void {
    if (this.#refused.get(name) !== fingerprint || this.#held === undefined) return;
    throw new AgentError('delivery-refused', `the source still holds what Envoy refused for ${name}`, { hint: 'store other material; the last good one stays in force', secret: name });
  }

  /** Publishes and proves `next`, or goes back to what was held. Returns the failures. */
  async #deliver(next: Generation, signal: AbortSignal): Promise<AgentError[]> {
    const { log } = this.#ports;
    const changed = changedNames(this.#held, next);
    const publishing = changed.length > 0 || this.#astray;
    const before = this.#held;
    if (!publishing && this.#proven) return [];
    try {
      if (publishing) {
        await this.#publish(next, changed, signal);
        for (const name of changed) this.#refused.delete(name);
        log.info('delivered', { generation: next.number, afterMs: this.#sinceLookMs(), secrets: describeChanges(before, next, changed) });
      }
      await this.#prove(signal);
      return [];
    } catch (thrown) {
      return await this.#goBack(next, changed, toAgentError(thrown), signal);
    }
  }

  async #publish(generation: Generation, changed: readonly string[], signal: AbortSignal): Promise<void> {
    const { sink, status, clock } = this.#ports;
    this.#astray = true;
    this.#waitingFor = `envoy to take ${changed.join(', ')}`;
    await sink.publish(generation, clock.deadline(DELIVERY_LIMIT_MS, unacknowledged(changed), signal));
    this.#astray = false;
    this.#held = generation;
    this.#proven = false;
    status.note({ kind: 'delivered', generation });
  }

  async #prove(signal: AbortSignal): Promise<void> {
    const { prover, status, log } = this.#ports;
    if (this.#held === undefined) return;
    await prover.prove(this.#held, signal);
    this.#proven = true;
    status.note({ kind: 'proven', names: [...this.#held.materials.keys()] });
    log.info('proven', { generation: this.#held.number, afterMs: this.#sinceLookMs() });
  }

  /** Since the notice that led to this attempt. */
  #sinceLookMs(): number {
    return Math.round(this.#ports.clock.monotonicMs() - this.#lookedAtMs);
  }

  async #goBack(refused: Generation, changed: readonly string[], error: AgentError, signal: AbortSignal): Promise<AgentError[]> {
    const { log, status, clock } = this.#ports;
    if (signal.aborted) throw error;
    log.error('delivery-failed', { generation: refused.number, code: error.code, message: error.message, hint: error.hint });
    // a NACK of trust that did not change is about the identity that came with it
    const culprits = error.secret !== undefined && changed.includes(error.secret) ? [error.secret] : changed;
    for (const name of culprits) status.note({ kind: 'failed', name, error, at: clock.now() });
    // what is not acknowledged or not proven yet may still come; what was refused will not
    if (error.code !== 'delivery-refused' || this.#held === undefined || this.#held === refused) return [error];
    for (const name of culprits) this.#refused.set(name, refused.materials.get(name)?.fingerprint ?? '');
    const failure = await this.#restore(this.#held, changed, signal);
    if (failure === undefined) log.warn('went-back', { generation: this.#held.number, instead: refused.number });
    return failure === undefined ? [error] : [error, failure];
  }

  /** Publishes and proves again what was held; what does not succeed now is done by the next attempt. */
  async #restore(held: Generation, changed: readonly string[], signal: AbortSignal): Promise<AgentError | undefined> {
    const { log, status } = this.#ports;
    try {
      await this.#publish(held, changed, signal);
      await this.#prove(signal);
      return undefined;
    } catch (thrown) {
      const error = toAgentError(thrown);
      if (signal.aborted) throw error;
      status.note({ kind: 'unproven', names: [...held.materials.keys()] });
      log.error('going-back-failed', { generation: held.number, code: error.code, message: error.message, hint: error.hint });
      return error;
    }
  }
}

function tooSlow(): AgentError {
  return new AgentError('source-unavailable', `the answer was not complete within ${FETCH_LIMIT_MS / 1000} s`, { hint: 'something on the way holds it up: a proxy, a firewall, or a link that loses packets' });
}

function unacknowledged(names: readonly string[]): AgentError {
  return new AgentError('delivery-unacknowledged', `envoy did not acknowledge ${names.join(', ')} within ${DELIVERY_LIMIT_MS / 1000} s`, {
    hint: 'is Envoy running and connected to sds.sock? what is offered stays on offer',
  });
}
