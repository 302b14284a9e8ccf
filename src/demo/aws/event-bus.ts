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

/** EventBridge's default bus with one rule: everything goes to every queue that was made a target. */
export class EventBus {
  readonly #targets = new Set<Queue>();
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

  /** Sends an event in EventBridge's envelope (version 0) to all targets. */
  publish({ source, detailType, resources, detail }: Happening): void {
    // whole seconds, as EventBridge writes them
    const time = this.#clock.now().toISOString().replace(/\.\d+Z$/, 'Z');
    const envelope = { version: '0', id: resourceId(this.#random), 'detail-type': detailType, source, account: this.#site.account, time, region: this.#site.region, resources, detail };
    for (const queue of this.#targets) queue.send(JSON.stringify(envelope));
  }
}
