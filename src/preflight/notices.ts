import type { Aws } from '../aws/clients.ts';
import type { Clock } from '../clock.ts';
import { AgentError } from '../errors.ts';
import { openQueue } from '../trigger/queue.ts';
import { type Finding, ok, warning } from './finding.ts';

/** An answer takes milliseconds; a report does not wait for retries. */
const LIMIT_MS = 10_000;

/** Whether the queue is there. No message is received: it would be hidden from the agent that it is for. A queue that fails is never more than a warning, for the polls remain. */
export async function checkNotices(text: string, aws: Aws, clock: Clock, signal: AbortSignal): Promise<Finding> {
  const limit = clock.deadline(LIMIT_MS, new AgentError('source-unavailable', `no answer within ${LIMIT_MS / 1000} s`), signal);
  try {
    await openQueue(text, aws).look(limit);
    return ok('notices', `${text} is there; receiving from it takes sqs:ReceiveMessage and sqs:DeleteMessage`);
  } catch (thrown) {
    if (!(thrown instanceof AgentError)) throw thrown;
    return warning('notices', `${text}: ${thrown.message}`, thrown.hint ?? 'rotations are found by polling until it is heard');
  }
}
