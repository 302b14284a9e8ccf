import { expect, it } from 'vitest';
import { Queue } from '../../../src/demo/aws/queue.ts';
import { FakeClock } from '../../fixtures/fake-clock.ts';
import { NOW } from '../../fixtures/pki.ts';

const never = new AbortController().signal;
function make() {
  const clock = new FakeClock(NOW);
  let next = 0;
  return { clock, queue: new Queue('rotation', clock, (bound) => (next = (next * 31 + 7) % 1_000_003) % bound) };
}

it('hides a message that was received, for as long as was asked, and counts its receipts', async () => {
  const { clock, queue } = make();
  queue.send('hello');
  const [first] = await queue.receive(10, 30_000, 0, never);
  expect(await queue.receive(10, 30_000, 0, never)).toEqual([]);
  await clock.advance(30_000);
  const [second] = await queue.receive(10, 30_000, 0, never);
  expect([first, second].map((message) => message?.Attributes.ApproximateReceiveCount)).toEqual(['1', '2']);
  expect(second?.MessageId).toBe(first?.MessageId);
  expect(second?.ReceiptHandle).not.toBe(first?.ReceiptHandle);
});

it('forgets a message that was deleted, by any of its receipts, twice if need be', async () => {
  const { clock, queue } = make();
  queue.send('hello');
  const [first] = await queue.receive(10, 1_000, 0, never);
  await clock.advance(1_000);
  await queue.receive(10, 1_000, 0, never);
  queue.delete(first!.ReceiptHandle);
  queue.delete(first!.ReceiptHandle);
  await clock.advance(10_000);
  expect(await queue.receive(10, 1_000, 0, never)).toEqual([]);
  expect(() => queue.delete('forged')).toThrow(expect.objectContaining({ type: 'com.amazonaws.sqs#ReceiptHandleIsInvalid' }));
});

it('waits for a message as long as was asked, and not longer', async () => {
  const { clock, queue } = make();
  const received = queue.receive(10, 30_000, 20_000, never);
  await clock.advance(19_999);
  queue.send('late');
  expect((await received).map(({ Body }) => Body)).toEqual(['late']);
  const empty = queue.receive(10, 30_000, 20_000, never);
  await clock.advance(20_000);
  expect(await empty).toEqual([]);
});

it('hands out no more at a time than was asked', async () => {
  const { queue } = make();
  for (let count = 0; count < 12; count += 1) queue.send(String(count));
  expect(await queue.receive(10, 1_000, 0, never)).toHaveLength(10);
  expect(await queue.receive(10, 1_000, 0, never)).toHaveLength(2);
});
