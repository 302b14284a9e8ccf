import { orAbort } from './abort.ts';
import { describeFailure } from './failures.ts';
import type { Call } from './sdk-error.ts';

/**
 * Sends one request, turns what goes wrong into an AgentError, and ends as soon as `signal` aborts, with its reason. The
 * SDK hears the signal only once a request is on the wire, not while it waits for credentials.
 */
export async function callAws<T>(call: Call, signal: AbortSignal, send: () => Promise<T>): Promise<T> {
  try {
    return await orAbort(send, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    throw describeFailure(thrown, call);
  }
}
