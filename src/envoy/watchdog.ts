import type { Clock } from '../clock.ts';
import type { EnvoyAdmin } from './admin.ts';

/** A look costs both sides a millisecond. */
const PAUSE_MS = 5_000;
/** Envoy's admin answers from its main thread, within milliseconds even under load. */
const PATIENCE_MS = 5_000;
/** Half a minute of silence: a stopped machine that comes back, or a breakpoint of somebody who debugs, is over sooner. */
export const SILENT_LOOKS = 3;

export interface WatchdogPorts {
  readonly admin: EnvoyAdmin;
  readonly clock: Clock;
  /** From now on the admin is silent, or answers again. */
  readonly note: (silent: boolean) => void;
}

/**
 * Resolves when Envoy's admin has not answered so many looks in a row; rejects with the signal's reason. Looks are counted
 * and not seconds, so that a pause of our own process is not taken for Envoy's.
 */
export async function awaitSilence({ admin, clock, note }: WatchdogPorts, signal: AbortSignal): Promise<void> {
  for (let silent = 0; silent < SILENT_LOOKS; ) {
    await clock.sleep(PAUSE_MS, signal);
    const answered = await answers(admin, clock.deadline(PATIENCE_MS, new Error('silent'), signal));
    signal.throwIfAborted();
    if (answered === (silent > 0)) note(!answered);
    silent = answered ? 0 : silent + 1;
  }
}

function answers(admin: EnvoyAdmin, signal: AbortSignal): Promise<boolean> {
  return admin.state(signal).then(
    () => true,
    () => false,
  );
}
