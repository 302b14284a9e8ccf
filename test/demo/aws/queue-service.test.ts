import { CreateQueueCommand, DeleteMessageBatchCommand, DeleteMessageCommand, GetQueueAttributesCommand, GetQueueUrlCommand, ReceiveMessageCommand, SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { EmbeddedAws } from '../../../src/demo/aws/embedded-aws.ts';
import { startAws } from '../../fixtures/aws.ts';

let aws: EmbeddedAws;
let sqs: SQSClient;
let stop: () => Promise<void>;
beforeEach(async () => {
  ({ aws, stop } = await startAws());
  sqs = new SQSClient({ endpoint: aws.url, region: 'eu-central-1', maxAttempts: 1, credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' } });
});
afterEach(async () => {
  sqs.destroy();
  await stop();
});

it('makes a queue, finds it by name, takes a message and gives it back until it is deleted', async () => {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'rotation' }));
  expect((await sqs.send(new GetQueueUrlCommand({ QueueName: 'rotation' }))).QueueUrl).toBe(QueueUrl);
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'hello' }));
  const { Messages: [message] = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 0 }));
  expect(message).toMatchObject({ Body: 'hello' });
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle }));
  expect((await sqs.send(new ReceiveMessageCommand({ QueueUrl }))).Messages).toBeUndefined();
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
  expect(Attributes).toMatchObject({ QueueArn: 'arn:aws:sqs:eu-central-1:123456789012:rotation', ApproximateNumberOfMessages: '0' });
});

it('deletes in batches and says which entries it could not', async () => {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'rotation' }));
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'hello' }));
  const { Messages: [message] = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  const Entries = [{ Id: 'a', ReceiptHandle: message?.ReceiptHandle }, { Id: 'b', ReceiptHandle: 'forged' }];
  expect(await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }))).toMatchObject({ Successful: [{ Id: 'a' }], Failed: [{ Id: 'b', Code: 'ReceiptHandleIsInvalid' }] });
  await expect(sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: [] }))).rejects.toMatchObject({ name: 'EmptyBatchRequest' });
});

it('refuses an unknown queue, another account\'s, a wrong name and numbers out of range', async () => {
  const url = aws.sqs.create('rotation').url;
  await expect(sqs.send(new ReceiveMessageCommand({ QueueUrl: `${aws.url}/123456789012/nowhere` }))).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
  await expect(sqs.send(new ReceiveMessageCommand({ QueueUrl: url.replace('123456789012', '210987654321') }))).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
  await expect(sqs.send(new CreateQueueCommand({ QueueName: 'no such name' }))).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  await expect(sqs.send(new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 11 }))).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  await expect(sqs.send(new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 21 }))).rejects.toMatchObject({ name: 'InvalidParameterValue' });
});
