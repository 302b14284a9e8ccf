import type { Clock } from '../../clock.ts';
import { arnOf } from './arn.ts';
import { AwsError } from './aws-error.ts';
import type { Input } from './input.ts';
import { Queue } from './queue.ts';
import type { RandomInt } from './random-password.ts';
import type { Operation, Service, Site } from './service.ts';

/** SQS raised it from 256 KiB in 2025; EventBridge still sends at most 256 KiB. */
const BODY = { min: 1, max: 1_048_576 };
const NAME = /^[\w-]{1,80}$/;

/** SQS (awsJson 1.0), as far as a consumer of standard queues goes: no FIFO, attributes, policies or dead letters. */
export class QueueService implements Service {
  readonly targetPrefix = 'AmazonSQS';
  readonly signingName = 'sqs';
  readonly messageMember = 'message';
  readonly resourceMembers = ['QueueUrl', 'QueueName'];
  readonly operations: Readonly<Record<string, Operation>> = {
    CreateQueue: (input) => ({ QueueUrl: this.create(input.text('QueueName')).url }),
    GetQueueUrl: (input) => ({ QueueUrl: this.#urlOf(this.#named(input.text('QueueName'))) }),
    GetQueueAttributes: (input) => ({ Attributes: this.#attributes(this.#find(input)) }),
    SendMessage: (input) => this.#find(input).send(input.text('MessageBody', BODY)),
    ReceiveMessage: (input) => this.#receive(input),
    DeleteMessage: (input) => this.#delete(input),
    DeleteMessageBatch: (input) => this.#deleteBatch(input),
  };
  readonly #queues = new Map<string, Queue>();
  readonly #site: Site;
  readonly #clock: Clock;
  readonly #random: RandomInt;
  readonly #closing: AbortSignal;
  /** Where this AWS listens: known once it does. A queue's URL has to lead here, because the SDK follows it. */
  origin = '';

  constructor(site: Site, clock: Clock, random: RandomInt, closing: AbortSignal) {
    this.#site = site;
    this.#clock = clock;
    this.#random = random;
    this.#closing = closing;
  }

  /** The queue of this name, made if need be. */
  create(name: string): { readonly url: string; readonly arn: string; readonly queue: Queue } {
    if (!NAME.test(name)) throw new AwsError('com.amazonaws.sqs#InvalidParameterValue', 'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length');
    const queue = this.#queues.get(name) ?? new Queue(name, this.#clock, this.#random);
    this.#queues.set(name, queue);
    return { url: this.#urlOf(queue), arn: arnOf(this.#site, 'sqs', name), queue };
  }

  #receive(input: Input): Promise<object> {
    const queue = this.#find(input);
    const [most, visibility, wait] = [bounded(input, 'MaxNumberOfMessages', 1, 1, 10), bounded(input, 'VisibilityTimeout', 30, 0, 43_200), bounded(input, 'WaitTimeSeconds', 0, 0, 20)];
    return queue.receive(most, visibility * 1000, wait * 1000, this.#closing).then((Messages) => (Messages.length === 0 ? {} : { Messages }));
  }

  #delete(input: Input): object {
    this.#find(input).delete(input.text('ReceiptHandle'));
    return {};
  }

  #deleteBatch(input: Input): object {
    const queue = this.#find(input);
    const entries = input.inputs('Entries');
    if (entries.length === 0) throw new AwsError('com.amazonaws.sqs#EmptyBatchRequest', 'There should be at least one DeleteMessageBatchRequestEntry in the request.');
    if (entries.length > 10) throw new AwsError('com.amazonaws.sqs#TooManyEntriesInBatchRequest', `Maximum number of entries per request are 10. You have sent ${entries.length}.`);
    const [Successful, Failed]: [object[], object[]] = [[], []];
    for (const entry of entries) {
      const Id = entry.text('Id');
      try {
        queue.delete(entry.text('ReceiptHandle'));
        Successful.push({ Id });
      } catch (thrown) {
        Failed.push({ Id, SenderFault: true, Code: 'ReceiptHandleIsInvalid', Message: (thrown as Error).message });
      }
    }
    return { Successful, Failed };
  }

  #attributes(queue: Queue): object {
    return { QueueArn: arnOf(this.#site, 'sqs', queue.name), ApproximateNumberOfMessages: String(queue.size) };
  }

  #find(input: Input): Queue {
    const url = input.text('QueueUrl');
    const [account, name = ''] = url.split('/').slice(-2);
    if (account !== this.#site.account) throw missing();
    return this.#named(name);
  }

  #named(name: string): Queue {
    const queue = this.#queues.get(name);
    if (queue === undefined) throw missing();
    return queue;
  }

  #urlOf({ name }: Queue): string {
    return `${this.origin}/${this.#site.account}/${name}`;
  }
}

/** SQS words limits of numbers in its own way. */
function bounded(input: Input, member: string, absent: number, min: number, max: number): number {
  const value = input.integer(member, absent, { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });
  if (value >= min && value <= max) return value;
  throw new AwsError('com.amazonaws.sqs#InvalidParameterValue', `Value ${value} for parameter ${member} is invalid. Reason: Must be >= ${min} and <= ${max}, if provided.`);
}

function missing(): AwsError {
  return new AwsError('com.amazonaws.sqs#QueueDoesNotExist', 'The specified queue does not exist.', 400, { 'x-amzn-query-error': 'AWS.SimpleQueueService.NonExistentQueue;Sender' });
}
