import { createHash } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import { resourceId } from './arn.ts';
import { AwsError } from './aws-error.ts';
import type { RandomInt } from './random-password.ts';

/** A message as ReceiveMessage answers it. */
export interface Delivery {
  readonly MessageId: string;
  /** Another one at each receipt. */
  readonly ReceiptHandle: string;
  readonly Body: string;
  /** Lower-case hex; the SDK checks it. */
  readonly MD5OfBody: string;
  readonly Attributes: { readonly ApproximateReceiveCount: string; readonly SentTimestamp: string };
}

interface Message {
  readonly id: string;
  readonly body: string;
  readonly sentMs: number;
  visibleMs: number;
  receipts: number;
}

/** One standard queue: at least once, in no promised order. */
export class Queue {
  readonly name: string;
  readonly #messages = new Map<string, Message>();
  readonly #handles = new Map<string, string>();
  readonly #clock: Clock;
  readonly #random: RandomInt;
  #arrived: (() => void)[] = [];

  constructor(name: string, clock: Clock, random: RandomInt) {
    this.name = name;
    this.#clock = clock;
    this.#random = random;
  }

  /** Messages that are not deleted, visible or in flight. */
  get size(): number {
    return this.#messages.size;
  }

  send(body: string): { readonly MessageId: string; readonly MD5OfMessageBody: string } {
    const id = resourceId(this.#random);
    const nowMs = this.#clock.now().getTime();
    this.#messages.set(id, { id, body, sentMs: nowMs, visibleMs: nowMs, receipts: 0 });
    for (const arrived of this.#arrived.splice(0)) arrived();
    return { MessageId: id, MD5OfMessageBody: md5(body) };
  }

  /** At once if there is a message, otherwise as soon as one comes, at the latest after `waitMs`: long polling. */
  async receive(most: number, visibilityMs: number, waitMs: number, closing: AbortSignal): Promise<readonly Delivery[]> {
    const found = this.#take(most, visibilityMs);
    if (found.length > 0 || waitMs === 0) return found;
    const over = new AbortController();
    this.#arrived.push(() => over.abort());
    await this.#clock.sleep(waitMs, AbortSignal.any([over.signal, closing])).catch(() => undefined);
    return this.#take(most, visibilityMs);
  }

  delete(handle: string): void {
    const id = this.#handles.get(handle);
    if (id === undefined) throw new AwsError('com.amazonaws.sqs#ReceiptHandleIsInvalid', `The input receipt handle "${handle}" is not a valid receipt handle.`);
    this.#messages.delete(id);
  }

  #take(most: number, visibilityMs: number): Delivery[] {
    const nowMs = this.#clock.now().getTime();
    const visible = [...this.#messages.values()].filter(({ visibleMs }) => visibleMs <= nowMs).slice(0, most);
    return visible.map((message) => {
      message.visibleMs = nowMs + visibilityMs;
      message.receipts += 1;
      const ReceiptHandle = resourceId(this.#random);
      this.#handles.set(ReceiptHandle, message.id);
      const Attributes = { ApproximateReceiveCount: String(message.receipts), SentTimestamp: String(message.sentMs) };
      return { MessageId: message.id, ReceiptHandle, Body: message.body, MD5OfBody: md5(message.body), Attributes };
    });
  }
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
