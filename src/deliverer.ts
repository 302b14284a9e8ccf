import type { Clock } from './clock.ts';
import { AgentError, toAgentError } from './errors.ts';
import { describeChanges, serialsOf } from './generation/description.ts';
import { type Generation, changedNames, withdraw } from './generation/generation.ts';
import type { Logger } from './log.ts';
import type { Sink } from './sink/sink.ts';
import type { StatusBoard } from './status.ts';

/** Shows on the wire that Envoy uses a generation. Throws `proof-failed` when it shows something else. */
export interface Prover {
  prove(generation: Generation, signal: AbortSignal): Promise<void>;
}

export interface DelivererPorts {
  readonly sink: Sink;
  /** Undefined: nobody is there yet to show anything; what is delivered counts as good. */
  readonly prover: Prover | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  readonly status: StatusBoard;
}

/** Envoy acknowledges within milliseconds; one that is reconnecting needs up to its retry interval, and one that is starting its start. */
const DELIVERY_LIMIT_MS = 30_000;

/** Brings generations to Envoy and proves them; goes back from what Envoy refuses or does not use, each secret for itself. */
export class Deliverer {
  readonly #ports: DelivererPorts;
  /** What Envoy has acknowledged. */
  #held: Generation | undefined;
  /** What was proven last: where going back leads. */
  #good: Generation | undefined;
  #proven = false;
  #waitingFor = 'the sources';
  /** What was offered last, and so may be on the wire, is not known to be what is held. */
  #astray = true;
  /** Fingerprints that Envoy refused, by secret name: not offered again until the source holds something else. */
  readonly #refused = new Map<string, string>();

  constructor(ports: DelivererPorts) {
    this.#ports = ports;
  }

  get held(): Generation | undefined {
    return this.#held;
  }

  /** What is waited for, as people read it. */
  get waitingFor(): string {
    return this.#waitingFor;
  }

  /** What was proven may be so no longer: the next delivery looks again. */
  doubt(): void {
    this.#proven = false;
  }

  /** Whether this, which a source holds, is what Envoy has refused; something else makes the refusal forgotten. */
  hasRefused(name: string, fingerprint: string): boolean {
    if (this.#refused.get(name) === fingerprint) return this.#held !== undefined;
    this.#refused.delete(name);
    return false;
  }

  /** What Envoy refused may be offered again, once. */
  forgetRefusals(): void {
    this.#refused.clear();
  }

  /**
   * Publishes and proves `next`, or goes back. Resolves to the failures; rejects only when the signal aborts.
   *
   * @param sinceMs when the look began that led here, on the monotonic clock
   */
  async deliver(next: Generation, sinceMs: number, signal: AbortSignal): Promise<readonly AgentError[]> {
    const { clock, log, status } = this.#ports;
    const changed = changedNames(this.#held, next);
    const publishing = changed.length > 0 || this.#astray;
    if (!publishing && this.#proven) return [];
    const before = this.#held;
    const sinceLookMs = (): number => Math.round(clock.monotonicMs() - sinceMs);
    try {
      if (publishing) {
        await this.#publish(next, changed, signal);
        log.info('delivered', { generation: next.number, afterMs: sinceLookMs(), secrets: describeChanges(before, next, changed) });
      }
      if (this.#ports.prover === undefined) return [];
      await this.#prove(this.#ports.prover, signal);
      if (before !== undefined && changed.length > 0) status.note({ kind: 'rotated', tookMs: sinceLookMs() });
      log.info('proven', { generation: next.number, afterMs: sinceLookMs() });
      return [];
    } catch (thrown) {
      const error = toAgentError(thrown);
      if (signal.aborted) throw error;
      return this.#goBack(next, error, sinceMs, signal);
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

  /** A context that keeps something older is offered everything once more with changed bytes, which wakes one that is stuck (Envoy issue 42438). */
  async #prove(prover: Prover, signal: AbortSignal): Promise<void> {
    const { sink, status, log } = this.#ports;
    const held = this.#held;
    if (held === undefined) return;
    try {
      await prover.prove(held, signal);
    } catch (thrown) {
      const error = toAgentError(thrown);
      if (signal.aborted || error.code !== 'proof-failed') throw error;
      log.warn('offered-anew', { generation: held.number, message: error.message });
      sink.distrust();
      await this.#publish(held, [...held.materials.keys()], signal);
      await prover.prove(held, signal);
    }
    this.#proven = true;
    this.#good = held;
    status.note({ kind: 'proven', names: [...held.materials.keys()] });
  }

  /**
   * Takes back what Envoy refused or does not use, and nothing else: what changed beside it stays, so that a bad identity
   * brings back no anchor that was removed.
   */
  async #goBack(failed: Generation, error: AgentError, sinceMs: number, signal: AbortSignal): Promise<readonly AgentError[]> {
    const { log, status, clock } = this.#ports;
    log.error('delivery-failed', { generation: failed.number, code: error.code, message: error.message, hint: error.hint });
    const suspects = changedNames(this.#good, failed);
    // a NACK of trust that did not change is about the identity that came with it
    const culprits = error.secret !== undefined && suspects.includes(error.secret) ? [error.secret] : suspects;
    for (const name of culprits) status.note({ kind: 'failed', name, error, at: clock.now() });
    // what is not acknowledged, or cannot be looked at, may still come; what was refused will not
    if (!REFUSALS.has(error.code) || this.#good === undefined) return [error];
    if (culprits.length === 0) {
      status.note({ kind: 'unproven', names: [...failed.materials.keys()] });
      return [error];
    }
    this.#remember(failed, culprits, error);
    const fallback = withdraw(failed, culprits, this.#good);
    if (error.code === 'proof-failed') this.#ports.sink.distrust();
    const failures = await this.deliver(fallback, sinceMs, signal);
    if (failures.length === 0) log.warn('went-back', { generation: fallback.number, instead: failed.number });
    else for (const { code, message, hint } of failures.slice(0, 1)) log.error('going-back-failed', { generation: fallback.number, code, message, hint });
    status.note({ kind: 'went-back' });
    return [error, ...failures];
  }

  #remember(failed: Generation, culprits: readonly string[], error: AgentError): void {
    const { status, clock } = this.#ports;
    for (const name of culprits) {
      const material = failed.materials.get(name);
      if (material === undefined) continue;
      this.#refused.set(name, material.fingerprint);
      status.note({ kind: 'refused', name, sourceVersion: material.sourceVersion, serials: serialsOf(material), error, at: clock.now() });
    }
  }
}

/** Envoy has said no, or shows that it uses something else. */
const REFUSALS: ReadonlySet<string> = new Set(['delivery-refused', 'proof-failed']);

function unacknowledged(names: readonly string[]): AgentError {
  return new AgentError('delivery-unacknowledged', `envoy did not acknowledge ${names.join(', ')} within ${DELIVERY_LIMIT_MS / 1000} s`, {
    hint: 'is Envoy running and connected to sds.sock? what is offered stays on offer',
  });
}
