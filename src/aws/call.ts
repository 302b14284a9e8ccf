import { describeFailure } from './failures.ts';
import type { Call } from './sdk-error.ts';

/**
 * Sends one request, turns what goes wrong into an AgentError, and ends as soon as `signal` aborts, with its reason. The
 * SDK hears the signal only once a request is on the wire, not while it waits for credentials.
 */
export async function callAws<T>(call: Call, signal: AbortSignal, send: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  let abort: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([send(), aborted]);
  } catch (thrown) {
    signal.throwIfAborted();
    throw describeFailure(thrown, call);
  } finally {
    if (abort !== undefined) signal.removeEventListener('abort', abort);
  }
}
