import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Aws, createAws } from '../../src/aws/clients.ts';
import { systemClock } from '../../src/clock.ts';
import { readAwsSettings } from '../../src/config/aws-settings.ts';
import { type EmbeddedAws, startEmbeddedAws } from '../../src/demo/aws/embedded-aws.ts';
import type { FaultHook } from '../../src/demo/aws/fault.ts';
import { openQueue } from '../../src/trigger/queue.ts';

const signal = new AbortController().signal;
let embedded: EmbeddedAws;
let aws: Aws;
let fault: FaultHook;
beforeEach(async () => {
  fault = () => undefined;
  embedded = await startEmbeddedAws({ clock: systemClock, port: 0, region: 'eu-west-1', account: '111122223333', fault: (call) => fault(call) });
  aws = createAws(readAwsSettings(embedded.environment, false), embedded.environment, systemClock);
});
afterEach(async () => {
  aws.destroy();
  await embedded.close();
});

test('is read by its URL and by its ARN, at the endpoint that the environment names', async () => {
  const { url, arn, queue } = embedded.sqs.create('rotation');
  for (const text of [url, arn]) {
    queue.send('hello');
    const opened = openQueue(text, aws);
    const messages = await opened.receive(signal);
    expect(messages.map(({ body }) => body)).toEqual(['hello']);
    expect(await opened.remove(messages, signal)).toBe(0);
    expect(queue.size).toBe(0);
  }
});

test('a message that comes while it is waited for is there at once', async () => {
  const { url, queue } = embedded.sqs.create('rotation');
  const received = openQueue(url, aws).receive(signal);
  await expect.poll(() => embedded.calls.of('ReceiveMessage').length).toBe(1);
  queue.send('late');
  expect((await received).map(({ body }) => body)).toEqual(['late']);
});

test('a receipt that is none is counted and no failure', async () => {
  const { url, queue } = embedded.sqs.create('rotation');
  queue.send('hello');
  const opened = openQueue(url, aws);
  const [message] = await opened.receive(signal);
  expect(await opened.remove([message!, { ...message!, receipt: 'forged' }], signal)).toBe(1);
});

test('the wait ends at once when the signal aborts', async () => {
  const { url } = embedded.sqs.create('rotation');
  const stop = new AbortController();
  const received = openQueue(url, aws).receive(stop.signal);
  await expect.poll(() => embedded.calls.of('ReceiveMessage').length).toBe(1);
  stop.abort(new Error('SIGTERM'));
  await expect(received).rejects.toThrow('SIGTERM');
});

test('a queue that does not exist, and one that may not be read, are told in our words', async () => {
  await expect(openQueue(`${embedded.url}/111122223333/nowhere`, aws).receive(signal)).rejects.toMatchObject({ code: 'source-not-found', message: expect.stringMatching(/the queue .*nowhere does not exist in eu-west-1/) as string });
  fault = ({ operation }) => (operation === 'ReceiveMessage' ? { kind: 'access-denied' } : undefined);
  await expect(openQueue(embedded.sqs.create('rotation').url, aws).receive(signal)).rejects.toMatchObject({ code: 'access-denied', message: expect.stringContaining('sqs:ReceiveMessage') as string });
});

test('looking whether it is there receives nothing', async () => {
  const { url, queue } = embedded.sqs.create('rotation');
  queue.send('hello');
  await openQueue(url, aws).look(signal);
  expect((await openQueue(url, aws).receive(signal))).toHaveLength(1);
  expect(embedded.calls.of('ReceiveMessage')).toHaveLength(1);
});

test("SQS's own URL names its region; another host is followed, and not over plain HTTP", async () => {
  const env = { ...embedded.environment, AWS_REGION: undefined };
  const regionless = createAws(readAwsSettings(env, false), env, systemClock);
  expect(() => openQueue('https://sqs.eu-west-1.amazonaws.com/111122223333/rotation', regionless)).not.toThrow();
  expect(() => openQueue('https://vpce-1.sqs.eu-west-1.vpce.amazonaws.com/111122223333/rotation', regionless)).toThrow(expect.objectContaining({ code: 'config-invalid' }));
  regionless.destroy();
  await expect(openQueue('http://queue.example/111122223333/rotation', aws).receive(signal)).rejects.toMatchObject({ code: 'environment-refused' });
  // the endpoint of the environment, although the URL names AWS
  const { queue } = embedded.sqs.create('rotation');
  queue.send('hello');
  expect(await openQueue('https://sqs.eu-west-1.amazonaws.com/111122223333/rotation', aws).receive(signal)).toHaveLength(1);
});

test('the SDK accepts what the stand-in sends and answers', async () => {
  const { url } = embedded.sqs.create('rotation');
  const client = await aws.sqs('eu-west-1', false);
  const { MessageId } = await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'ä' }));
  expect(await openQueue(url, aws).receive(signal)).toMatchObject([{ id: MessageId, body: 'ä' }]);
});
