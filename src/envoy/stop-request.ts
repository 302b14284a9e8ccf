/** Somebody wants Envoy to stop. The first reason to stop is the reason; whoever asks again wants it now. */
export interface StopRequest {
  /** Aborts with the first request. */
  readonly requested: AbortSignal;
  /** Aborts with the second: no more draining. */
  readonly now: AbortSignal;
  /** The first reason: `SIGTERM`, `SIGINT`, or words; undefined: nobody asked. */
  readonly reason: string | undefined;
  stop(reason: string): void;
}

export function createStopRequest(): StopRequest {
  const first = new AbortController();
  const second = new AbortController();
  let reason: string | undefined;
  return {
    requested: first.signal,
    now: second.signal,
    get reason() {
      return reason;
    },
    stop(why) {
      reason ??= why;
      const next = first.signal.aborted ? second : first;
      next.abort(new Error(why));
    },
  };
}
