import { callAws } from '../aws/call.ts';
import type { Aws } from '../aws/clients.ts';

/** A message as it was received. */
export interface Message {
  readonly id: string;
  readonly body: string;
  readonly receipt: string;
}

/** The SQS queue that MTLS_NOTICES names. Failures are AgentErrors. */
export interface Queue {
  /** As written. */
  readonly description: string;
  /** Waits for messages: at most ten, none after 20 seconds (ReceiveMessage, long polling). */
  receive(signal: AbortSignal): Promise<readonly Message[]>;
  /** Takes messages out of the queue; resolves to how many could not be taken (DeleteMessageBatch). */
  remove(messages: readonly Message[], signal: AbortSignal): Promise<number>;
  /** Whether it can be looked at at all; receives nothing (GetQueueAttributes). */
  look(signal: AbortSignal): Promise<void>;
}

/** The longest SQS allows: three requests a minute while nothing comes. */
const WAIT_SECONDS = 20;
export const MOST_MESSAGES = 10;
/** Time enough to delete what was received; what was not deleted then comes again and is known. */
const VISIBILITY_SECONDS = 30;

interface Place {
  readonly url: string;
  readonly region: string;
  /** The URL's host is no usual one of SQS, such as a VPC endpoint's, and is meant. */
  readonly followUrl: boolean;
}

/** Throws `config-invalid` where neither the URL nor the environment names a region. */
export function openQueue(text: string, aws: Aws): Queue {
  const { url, region, followUrl } = placeOf(text, aws);
  const sdk = async () => {
    const [commands, client] = await Promise.all([import('../aws/sqs.ts'), aws.sqs(region, followUrl)]);
    return { ...commands, client };
  };
  const call = (action: string) => ({ action: `sqs:${action}`, resource: text, region });
  return {
    description: text,
    async receive(signal) {
      const { Messages = [] } = await callAws(call('ReceiveMessage'), signal, async () => {
        const { client, ReceiveMessageCommand } = await sdk();
        const wish = { QueueUrl: url, MaxNumberOfMessages: MOST_MESSAGES, WaitTimeSeconds: WAIT_SECONDS, VisibilityTimeout: VISIBILITY_SECONDS };
        return client.send(new ReceiveMessageCommand(wish), { abortSignal: signal });
      });
      return Messages.map(({ MessageId: id = '', Body: body = '', ReceiptHandle: receipt = '' }) => ({ id, body, receipt }));
    },
    async remove(messages, signal) {
      const { Failed = [] } = await callAws(call('DeleteMessage'), signal, async () => {
        const { client, DeleteMessageBatchCommand } = await sdk();
        const Entries = messages.map(({ receipt }, index) => ({ Id: String(index), ReceiptHandle: receipt }));
        return client.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries }), { abortSignal: signal });
      });
      return Failed.length;
    },
    async look(signal) {
      await callAws(call('GetQueueAttributes'), signal, async () => {
        const { client, GetQueueAttributesCommand } = await sdk();
        return client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }), { abortSignal: signal });
      });
    },
  };
}

/** An ARN has everything; a URL of SQS itself names its region, another one is followed. */
function placeOf(text: string, aws: Aws): Place {
  const [, partition, , arnRegion, account, name] = text.split(':');
  if (text.startsWith('arn:')) {
    const region = aws.region(arnRegion);
    const host = `sqs.${region}.amazonaws.com${partition === 'aws-cn' ? '.cn' : ''}`;
    return { url: `https://${host}/${account ?? ''}/${name ?? ''}`, region, followUrl: false };
  }
  const named = /^https:\/\/(?:sqs\.([\w-]+)|([\w-]+)\.queue)\.amazonaws\.com(?:\.cn)?\//.exec(text);
  return { url: text, region: aws.region(named?.[1] ?? named?.[2]), followUrl: named === null };
}
