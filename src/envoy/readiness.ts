import type { Clock } from '../clock.ts';
import { AgentError } from '../errors.ts';
import type { EnvoyAdmin } from './admin.ts';

/** Envoy is LIVE within 100 ms of its start and of its first secrets; a loaded machine may need seconds. */
const LIMIT_MS = 10_000;
/** A look costs Envoy less than a millisecond. */
const PAUSE_MS = 10;

/** Resolves when Envoy says LIVE. Throws `envoy-not-live` with what it said instead, or the signal's reason. */
export async function awaitLive(admin: EnvoyAdmin, clock: Clock, signal: AbortSignal): Promise<void> {
  const limit = clock.deadline(LIMIT_MS, new Error('not live in time'), signal);
  let last = 'nothing yet';
  try {
    for (;;) {
      last = await admin.state(limit).catch((thrown: unknown) => {
        if (limit.aborted) throw thrown;
        return thrown instanceof Error ? thrown.message : String(thrown);
      });
      if (last === 'LIVE') return;
      await clock.sleep(PAUSE_MS, limit);
    }
  } catch {
    signal.throwIfAborted();
    throw new AgentError('envoy-not-live', `envoy is not LIVE after ${LIMIT_MS / 1000} s, its admin said: ${last}`, {
      hint: 'see /init_dump of its admin for what it waits for, and its own log above',
    });
  }
}
