import { Deliverer, type DelivererPorts } from './deliverer.ts';
import { AgentError, toAgentError } from './errors.ts';
import { type Generation, succeed } from './generation/generation.ts';
import type { Managed } from './managed.ts';
import type { Material } from './material/material.ts';
import { Reader } from './reader.ts';

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
  readonly #ports: DelivererPorts;
  readonly #deliverer: Deliverer;
  #looking = false;

  constructor(managed: readonly Managed[], ports: DelivererPorts) {
    this.#readers = managed.map((each) => new Reader(each, ports.clock));
    this.#ports = ports;
    this.#deliverer = new Deliverer(ports);
  }

  get held(): Generation | undefined {
    return this.#deliverer.held;
  }

  /** What the attempt that is under way waits for, as people read it. */
  get waitingFor(): string {
    return this.#looking ? 'the sources' : this.#deliverer.waitingFor;
  }

  /** What was proven may be so no longer: the next attempt looks again. */
  doubt(): void {
    this.#deliverer.doubt();
  }

  /** What Envoy refused is offered again, once, if the sources still hold it. */
  forgetRefusals(): void {
    this.#deliverer.forgetRefusals();
  }

  /** Asks the sources of `names`, publishes what changed, proves it. Failures are reported, never thrown; it rejects only when the signal aborts. */
  async attempt(names: ReadonlySet<string>, signal: AbortSignal): Promise<Outcome> {
    const { clock, status } = this.#ports;
    const sinceMs = clock.monotonicMs();
    const [found, failures] = await this.#lookAt(names, signal);
    // before the first delivery everything must be there; later each part fails alone
    const half = this.held === undefined && found.size < this.#readers.length;
    const before = this.held;
    const refusals = half ? [] : await this.#deliverer.deliver(succeed(this.held, found), sinceMs, signal);
    const all = [...failures, ...refusals];
    status.note({ kind: 'attempted', outcome: all.length > 0 ? 'failed' : before === this.held ? 'unchanged' : 'delivered' });
    return { failures: all, complete: !half && all.length === 0 };
  }

  async #lookAt(names: ReadonlySet<string>, signal: AbortSignal): Promise<readonly [ReadonlyMap<string, Material>, readonly AgentError[]]> {
    this.#looking = true;
    try {
      const looks = await Promise.all(this.#readers.filter(({ managed }) => names.has(managed.secret.name)).map((reader) => this.#look(reader, signal)));
      return [new Map(looks.flatMap((look) => (look instanceof AgentError ? [] : [look]))), looks.flatMap((look) => (look instanceof AgentError ? [look] : []))];
    } finally {
      this.#looking = false;
    }
  }

  async #look(reader: Reader, signal: AbortSignal): Promise<readonly [string, Material] | AgentError> {
    const { secret, sources } = reader.managed;
    const { clock, log, status } = this.#ports;
    try {
      const material = await reader.read(clock.deadline(FETCH_LIMIT_MS, tooSlow(), signal));
      if (this.#deliverer.hasRefused(secret.name, material.fingerprint)) throw stillRefused(secret.name);
      status.note({ kind: 'recovered', name: secret.name, at: clock.now() });
      return [secret.name, material];
    } catch (thrown) {
      const error = toAgentError(thrown);
      if (signal.aborted) throw error;
      status.note({ kind: 'failed', name: secret.name, error, at: clock.now() });
      log.error('source-failed', { secret: secret.name, source: sources.map(({ description }) => description).join(','), code: error.code, message: error.message, hint: error.hint });
      return error;
    }
  }
}

function stillRefused(name: string): AgentError {
  return new AgentError('delivery-refused', `the source still holds what Envoy refused for ${name}`, { hint: 'store other material; the last good one stays in force', secret: name });
}

function tooSlow(): AgentError {
  return new AgentError('source-unavailable', `the answer was not complete within ${FETCH_LIMIT_MS / 1000} s`, { hint: 'something on the way holds it up: a proxy, a firewall, or a link that loses packets' });
}
