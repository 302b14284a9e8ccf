import type { Clock } from './clock.ts';
import { AgentError } from './errors.ts';
import type { Logger } from './log.ts';
import type { Managed } from './managed.ts';
import type { Material } from './material/material.ts';
import type { Reconciler } from './reconcile.ts';
import { type Validity, expiryDelayMs, longestWaitMs, pollDelayMs, startRetryMs } from './schedule.ts';
import type { StatusBoard } from './status.ts';
import type { Triggers } from './trigger/triggers.ts';

export interface LoopPorts {
  readonly reconciler: Reconciler;
  readonly managed: readonly Managed[];
  readonly triggers: Triggers;
  readonly clock: Clock;
  /** In [0, 1), for jitter. */
  readonly random: () => number;
  readonly log: Logger;
  readonly status: StatusBoard;
  /** MTLS_DEADLINE. */
  readonly deadlineMs: number;
  /** MTLS_POLL; undefined: what each source asks for. */
  readonly pollMs: number | undefined;
}

/** An attempt ends sooner: fetches, delivery and proof have limits of their own. Beyond this the loop counts as stuck. */
const LONGEST_ATTEMPT_MS = 120_000;

/**
 * Attempts until the first delivery, at the latest by the deadline; then looks again whenever a source is due or a
 * trigger fires, until the signal aborts. Rejects with the signal's reason or with the last cause of a failed start.
 */
export async function reconcileForever(ports: LoopPorts, signal: AbortSignal): Promise<never> {
  const proven = await deliverFirst(ports, signal);
  const due = new Agenda(ports, proven);
  for (;;) {
    const { clock, triggers, status, reconciler } = ports;
    const waitMs = due.waitMs(clock.monotonicMs());
    status.note({ kind: 'turn', silentUntilMs: clock.monotonicMs() + waitMs + LONGEST_ATTEMPT_MS });
    const reasons = await triggers.next(waitMs, signal);
    const names = [...reasons].some((reason) => reason !== 'timer') ? due.all() : due.dueAt(clock.monotonicMs());
    // an operator's SIGHUP is a wish: what was refused is tried once more
    if (reasons.has('hangup')) reconciler.forgetRefusals();
    const { complete } = await reconciler.attempt(names, signal);
    due.reschedule(names, complete, clock.monotonicMs());
  }
}

/** Resolves when everything is delivered, to whether it is proven, too. */
export async function deliverFirst(ports: LoopPorts, signal: AbortSignal): Promise<boolean> {
  const { reconciler, managed, triggers, clock, random, log, status, deadlineMs } = ports;
  const everything = new Set(managed.map(({ secret }) => secret.name));
  const limit = clock.deadline(deadlineMs, new Error('MTLS_DEADLINE is over'), signal);
  status.note({ kind: 'turn', silentUntilMs: clock.monotonicMs() + deadlineMs + LONGEST_ATTEMPT_MS });
  let last: AgentError | undefined;
  try {
    for (let failures = 1; ; failures += 1) {
      const outcome = await reconciler.attempt(everything, limit);
      // delivered is enough to go on: a proof that is late is looked for again and holds readiness back until then
      if (reconciler.held !== undefined) return outcome.complete;
      last = outcome.failures.find(({ retryable }) => !retryable) ?? outcome.failures[0];
      if (last?.retryable === false) throw last;
      const retryMs = startRetryMs(failures, random());
      log.info('retry', { afterMs: Math.round(retryMs), attempt: failures + 1 });
      await triggers.next(retryMs, limit);
    }
  } catch (thrown) {
    if (signal.aborted || !limit.aborted) throw thrown;
    // the deadline is for the delivery; only the proof was still under way
    if (reconciler.held !== undefined) return false;
    throw last ?? tooLate(deadlineMs, reconciler.waitingFor);
  }
}

function tooLate(deadlineMs: number, waitingFor: string): AgentError {
  return new AgentError('deadline', `nothing was delivered within MTLS_DEADLINE, ${deadlineMs / 1000} s, for it waited for ${waitingFor}`, { hint: 'see the log of Envoy, or of what it waited for' });
}

/** When each secret is due, on the monotonic clock. */
class Agenda {
  readonly #due = new Map<string, number>();
  readonly #failures = new Map<string, number>();
  readonly #ports: LoopPorts;

  constructor(ports: LoopPorts, complete: boolean) {
    this.#ports = ports;
    this.reschedule(this.all(), complete, ports.clock.monotonicMs());
  }

  all(): Set<string> {
    return new Set(this.#ports.managed.map(({ secret }) => secret.name));
  }

  dueAt(nowMs: number): Set<string> {
    return new Set([...this.#due].filter(([, dueMs]) => dueMs <= nowMs).map(([name]) => name));
  }

  waitMs(nowMs: number): number {
    return Math.max(0, Math.min(longestWaitMs, ...[...this.#due.values()].map((dueMs) => dueMs - nowMs)));
  }

  reschedule(names: ReadonlySet<string>, complete: boolean, nowMs: number): void {
    for (const { secret, sources } of this.#ports.managed) {
      if (!names.has(secret.name)) continue;
      const expiryMs = this.#expiryMs(secret.name);
      // expired is a failure of its own: looked at as often as the backoff allows
      const failures = complete && expiryMs > 0 ? 0 : (this.#failures.get(secret.name) ?? 0) + 1;
      this.#failures.set(secret.name, failures);
      const polls = sources.flatMap((source) => (source.pollMs === undefined ? [] : [this.#ports.pollMs ?? source.pollMs]));
      // what cannot change is due only while something is wrong: its delivery or its proof may yet succeed
      const delayMs = pollDelayMs(Math.min(...polls), failures, this.#ports.random());
      this.#due.set(secret.name, nowMs + (failures === 0 && polls.length > 0 ? Math.min(delayMs, expiryMs) : delayMs));
    }
  }

  /** Until the age of what is held under this name is a reason to look: of a leaf, or of the anchor or revocation list that ends first. */
  #expiryMs(name: string): number {
    const { reconciler, clock } = this.#ports;
    const material = reconciler.held?.materials.get(name);
    if (material === undefined) return Number.POSITIVE_INFINITY;
    return Math.min(...lifetimesOf(material).map((lifetime) => expiryDelayMs(lifetime, clock.now().getTime())));
  }
}

/** Of a leaf; of every anchor and of every revocation list that says when the next one comes. */
function lifetimesOf(material: Material): Validity[] {
  const certificates = material.kind === 'identity' ? [material.leaf] : material.anchors;
  const lists = material.kind === 'identity' ? [] : material.revocation;
  return [
    ...certificates.map(({ notBefore, notAfter }) => ({ notBeforeMs: notBefore.getTime(), notAfterMs: notAfter.getTime() })),
    ...lists.flatMap(({ thisUpdate, nextUpdate }) => (nextUpdate === undefined ? [] : [{ notBeforeMs: thisUpdate.getTime(), notAfterMs: nextUpdate.getTime() }])),
  ];
}
