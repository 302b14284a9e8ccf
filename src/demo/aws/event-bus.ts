import type { Clock } from '../../clock.ts';
import { resourceId } from './arn.ts';
import type { Queue } from './queue.ts';
import type { RandomInt } from './random-password.ts';
import type { Site } from './service.ts';

/** What a service tells of itself. */
export interface Happening {
  /** `aws.secretsmanager`. */
  readonly source: string;
  /** `Secret Label Updated`. */
  readonly detailType: string;
  /** ARNs. */
  readonly resources: readonly string[];
  readonly detail: object;
}

/** What EventBridge hands to a target. */
export interface Envelope {
  readonly id: string;
  readonly source: string;
  readonly 'detail-type': string;
  readonly resources: readonly string[];
  readonly detail: object;
}

/** An event pattern, of those that our stacks use: members and their values, literal; `detail` one level deeper. */
export interface EventPattern {
  readonly source?: readonly string[];
  readonly 'detail-type'?: readonly string[];
  readonly resources?: readonly string[];
  readonly detail?: Readonly<Record<string, readonly string[]>>;
}

/** EventBridge's default bus: everything goes to every queue that was made a target, and what a rule's pattern matches to that rule's. */
export class EventBus {
  readonly #targets = new Set<Queue>();
  readonly #rules: { readonly pattern: EventPattern; readonly deliver: (event: Envelope) => void }[] = [];
  readonly #site: Site;
  readonly #clock: Clock;
  readonly #random: RandomInt;

  constructor(site: Site, clock: Clock, random: RandomInt) {
    this.#site = site;
    this.#clock = clock;
    this.#random = random;
  }

  target(queue: Queue): void {
    this.#targets.add(queue);
  }

  /** Returns how to take the rule away. */
  rule(pattern: EventPattern, deliver: (event: Envelope) => void): () => void {
    const rule = { pattern, deliver };
    this.#rules.push(rule);
    return () => void this.#rules.splice(this.#rules.indexOf(rule), 1);
  }

  /** Sends an event in EventBridge's envelope (version 0) to all targets. */
  publish({ source, detailType, resources, detail }: Happening): void {
    // whole seconds, as EventBridge writes them
    const time = this.#clock.now().toISOString().replace(/\.\d+Z$/, 'Z');
    const envelope = { version: '0', id: resourceId(this.#random), 'detail-type': detailType, source, account: this.#site.account, time, region: this.#site.region, resources, detail };
    for (const queue of this.#targets) queue.send(JSON.stringify(envelope));
    for (const { pattern, deliver } of this.#rules) if (matches(pattern, envelope)) deliver(envelope);
  }
}

function matches(pattern: EventPattern, event: Envelope): boolean {
  const among = (wanted: readonly string[] | undefined, value: unknown): boolean => wanted === undefined || [value].flat().some((one) => wanted.includes(String(one)));
  const { detail = {} } = pattern;
  return (
    among(pattern.source, event.source) &&
    among(pattern['detail-type'], event['detail-type']) &&
    among(pattern.resources, event.resources) &&
    Object.entries(detail).every(([member, wanted]) => among(wanted, (event.detail as Readonly<Record<string, unknown>>)[member]))
  );
}
