import { CreateQueueCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Aws, createAws } from '../../src/aws/clients.ts';
import { systemClock } from '../../src/clock.ts';
import { readAwsSettings } from '../../src/config/aws-settings.ts';
import { type Queue, openQueue } from '../../src/trigger/queue.ts';
import { ACCOUNT, REGION, STAND_INS, type StandIn } from './stand-in.ts';

const signal = new AbortController().signal;

describe.each(Object.entries(STAND_INS))('the queue of rotation notices at SQS as %s plays it', (_, start) => {
  let standIn: StandIn;
  let aws: Aws;
  let client: SQSClient;
  let url: string;

  beforeEach(async () => {
    standIn = await start();
    const env = { AWS_REGION: REGION, AWS_ENDPOINT_URL: standIn.url, AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'example' };
    aws = createAws(readAwsSettings(env, false), env, systemClock);
    client = await aws.sqs(REGION, false);
    url = (await client.send(new CreateQueueCommand({ QueueName: 'rotation' }))).QueueUrl ?? '';
  });
  afterEach(async () => {
    aws.destroy();
    await standIn.stop();
  });

  const send = (MessageBody: string) => client.send(new SendMessageCommand({ QueueUrl: url, MessageBody }));

  it.each<[string, () => Queue]>([
    ['its URL', () => openQueue(url, aws)],
    ['its ARN', () => openQueue(`arn:aws:sqs:${REGION}:${ACCOUNT}:rotation`, aws)],
  ])('is read by %s, and what was read is taken out', async (_how, open) => {
    const { MessageId } = await send('hello');
    const queue = open();
    const messages = await queue.receive(signal);
    expect(messages).toMatchObject([{ id: MessageId, body: 'hello' }]);
    expect(await queue.remove(messages, signal)).toBe(0);
  });

  it('answers at once with what is there, ten at most', async () => {
    for (let count = 0; count < 12; count += 1) await send(String(count));
    const queue = openQueue(url, aws);
    const first = await queue.receive(signal);
    const second = await queue.receive(signal);
    expect(first).toHaveLength(10);
    expect([...first, ...second].map(({ body }) => Number(body)).sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it('answers as soon as a message comes', async () => {
    const received = openQueue(url, aws).receive(signal);
    await send('late');
    expect((await received).map(({ body }) => body)).toEqual(['late']);
  });

  it('is told when it does not exist', async () => {
    await expect(openQueue(url.replace('rotation', 'nowhere'), aws).receive(signal)).rejects.toMatchObject({ code: 'source-not-found' });
  });

  it('can be looked at without a message being received', async () => {
    await send('hello');
    const queue = openQueue(url, aws);
    await queue.look(signal);
    expect(await queue.receive(signal)).toHaveLength(1);
  });
});
