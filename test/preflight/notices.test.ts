import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Aws, createAws } from '../../src/aws/clients.ts';
import { systemClock } from '../../src/clock.ts';
import { readAwsSettings } from '../../src/config/aws-settings.ts';
import { type EmbeddedAws, startEmbeddedAws } from '../../src/demo/aws/embedded-aws.ts';
import { checkNotices } from '../../src/preflight/notices.ts';

const signal = new AbortController().signal;
let embedded: EmbeddedAws;
let aws: Aws;
beforeEach(async () => {
  embedded = await startEmbeddedAws({ clock: systemClock, port: 0, region: 'eu-west-1', account: '111122223333' });
  aws = createAws(readAwsSettings(embedded.environment, false), embedded.environment, systemClock);
});
afterEach(async () => {
  aws.destroy();
  await embedded.close();
});

it('finds a queue that is there, and takes no message out of it', async () => {
  const { arn, queue } = embedded.sqs.create('rotation');
  queue.send('hello');
  expect(await checkNotices(arn, aws, systemClock, signal)).toMatchObject({ check: 'notices', status: 'ok' });
  expect(embedded.calls.all.map(({ operation }) => operation).filter((operation) => operation !== 'GetCredentials')).toEqual(['GetQueueAttributes']);
});

it('warns of one that is not: polls find every rotation without it', async () => {
  const arn = 'arn:aws:sqs:eu-west-1:111122223333:nowhere';
  expect(await checkNotices(arn, aws, systemClock, signal)).toMatchObject({ check: 'notices', status: 'warning', message: expect.stringContaining('does not exist') as string });
});
