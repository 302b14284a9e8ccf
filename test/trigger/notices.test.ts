import { afterEach, beforeEach, expect, it } from 'vitest';
import { AgentError } from '../../src/errors.ts';
import { type NoticeReport, listenForNotices } from '../../src/trigger/notices.ts';
import type { Message, Queue } from '../../src/trigger/queue.ts';
import { FakeClock, settle } from '../fixtures/fake-clock.ts';
import { recordLog } from '../fixtures/pipeline.ts';
import { NOW } from '../fixtures/pki.ts';

const event = (id: string, resource = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:color/gateway-Ab12Cd'): string =>
  JSON.stringify({ id, source: 'aws.secretsmanager', 'detail-type': 'Secret Label Updated', resources: [resource], detail: { name: 'x', labelUpdated: 'AWSCURRENT', versionId: 'v' } });

/** A queue that answers when the test lets it. */
class ScriptedQueue implements Queue {
  readonly description = 'the-queue';
  readonly removed: string[] = [];
  undeletable = 0;
  receives = 0;
  #answer: ((answer: readonly Message[] | AgentError) => void) | undefined;

  receive(signal: AbortSignal): Promise<readonly Message[]> {
    this.receives += 1;
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      this.#answer = (answer) => (answer instanceof AgentError ? reject(answer) : resolve(answer));
    });
  }

  remove(messages: readonly Message[]): Promise<number> {
    this.removed.push(...messages.map(({ id }) => id));
    return Promise.resolve(this.undeletable);
  }

  look(): Promise<void> {
    return Promise.resolve();
  }

  async answer(...bodies: readonly (string | readonly [id: string, body: string])[]): Promise<void> {
    this.#answer?.(bodies.map((body, index) => (typeof body === 'string' ? { id: `${this.receives}-${index}`, body, receipt: 'r' } : { id: body[0], body: body[1], receipt: 'r' })));
    await settle();
  }

  async fail(error: AgentError): Promise<void> {
    this.#answer?.(error);
    await settle();
  }
}

let stop: AbortController;
let ended: Promise<void>;
beforeEach(() => {
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort(new Error('over'));
  await ended;
});

function start() {
  const clock = new FakeClock(NOW);
  const { log, events } = recordLog(clock);
  const queue = new ScriptedQueue();
  const seen: { fired: number; last?: NoticeReport } = { fired: 0 };
  ended = listenForNotices({ queue, secretIds: ['color/gateway'], fire: () => (seen.fired += 1), report: (report) => (seen.last = report), clock, random: () => 0.5, log }, stop.signal);
  return { clock, events, queue, seen };
}

it('a change of our secret is a reason to look, told by the id of its message and never by its text', async () => {
  const { queue, seen, events } = start();
  await queue.answer(['m1', event('e1')]);
  expect(seen.fired).toBe(1);
  expect(seen.last?.tally).toMatchObject({ used: 1, foreign: 0 });
  expect(events).toMatchObject([{ event: 'notice', message: 'm1', concerns: ['color/gateway'] }]);
  expect(queue.removed).toEqual(['m1']);
});

it('several in one batch are one reason', async () => {
  const { queue, seen } = start();
  await queue.answer(event('e1'), event('e2'), event('e3'));
  expect(seen.fired).toBe(1);
  expect(seen.last?.tally.used).toBe(3);
});

it('what is foreign, repeated, unknown, malformed or too large is counted, taken out of the queue, and no reason', async () => {
  const { queue, seen } = start();
  await queue.answer(['m1', event('e1')]);
  await queue.answer(['m1', event('e1')], ['m2', event('e1')], event('e2', 'another-secret'), '{}', 'junk', 'x'.repeat(70_000));
  expect(seen.fired).toBe(1);
  expect(seen.last?.tally).toEqual({ used: 1, repeated: 2, foreign: 1, unknown: 1, malformed: 1, oversized: 1, undeleted: 0 });
  expect(queue.removed).toHaveLength(7);
});

it('what cannot be taken out is counted: it comes again, and is known', async () => {
  const { queue, seen } = start();
  queue.undeletable = 1;
  await queue.answer(['m1', event('e1')]);
  await queue.answer(['m1', event('e1')]);
  expect(seen.fired).toBe(1);
  expect(seen.last?.tally).toMatchObject({ used: 1, repeated: 1, undeleted: 2 });
});

it('a flood is a short burst and then one reason a second, and is drained at a walking pace', async () => {
  const { clock, queue, seen } = start();
  for (let batch = 0; batch < 60; batch += 1) {
    await queue.answer(...Array.from({ length: 10 }, (_, index) => event(`e${batch}-${index}`)));
    await clock.advance(100);
  }
  // ten batches in a hurry, all others a tenth of a second apart
  expect(clock.monotonicMs()).toBe(6_000);
  expect(seen.last?.tally.used).toBe(600);
  expect(seen.fired).toBeLessThanOrEqual(5 + 6);
  expect(seen.fired).toBeGreaterThanOrEqual(6);
  // drained at the pace of the clock: no question is asked before the pause is over
  expect(queue.receives).toBeLessThanOrEqual(61);
});

it('messages that come one by one, however many, are no flood', async () => {
  const { clock, queue } = start();
  for (let message = 0; message < 30; message += 1) {
    await clock.advance(1_200);
    await queue.answer(event(`slow-${message}`));
  }
  // no pause is under way: the next one is waited for already
  expect(clock.sleeps).toEqual([]);
  expect(queue.receives).toBe(31);
});

it('an empty answer is no reason, and the next question follows at once', async () => {
  const { clock, queue, seen } = start();
  await queue.answer();
  await queue.answer();
  expect(queue.receives).toBe(3);
  expect(seen.fired).toBe(0);
  expect(clock.sleeps).toEqual([]);
});

it('a queue that fails is told once, tried again with growing pauses, and told when it is back', async () => {
  const { clock, queue, seen, events } = start();
  const denied = new AgentError('access-denied', 'may not sqs:ReceiveMessage');
  const pauses: number[] = [];
  for (let failure = 0; failure < 8; failure += 1) {
    await queue.fail(denied);
    const [pause = 0] = clock.sleeps;
    pauses.push(pause);
    await clock.advance(pause);
    await settle();
  }
  expect(pauses.slice(0, 3)).toEqual([750, 1_500, 3_000]);
  expect(Math.max(...pauses)).toBeLessThanOrEqual(20_000);
  expect(events.map(({ event: name }) => name)).toEqual(['notices-failed']);
  expect(seen.last?.problem).toBe(denied);
  await queue.answer(event('e1'));
  expect(events.map(({ event: name }) => name)).toEqual(['notices-failed', 'notices-recovered', 'notice']);
  expect(seen.last?.problem).toBeUndefined();
  expect(seen.fired).toBe(1);
});

it('ends at once when the signal aborts, whatever it waits for', async () => {
  const { clock, queue } = start();
  await queue.fail(new AgentError('source-unavailable', 'gone'));
  stop.abort(new Error('SIGTERM'));
  await ended;
  expect(clock.sleeps).toEqual([]);
});
