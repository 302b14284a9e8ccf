const HOUR_MS = 3_600_000;

/** A certificate's dates, whole seconds as X.509 has them; Private CA dates them back by an hour, for clocks that lag. */
export function hoursFrom(now: Date, hours: number): { readonly notBefore: Date; readonly notAfter: Date } {
  const seconds = Math.floor(now.getTime() / 1000) * 1000;
  return { notBefore: new Date(seconds - HOUR_MS), notAfter: new Date(seconds + hours * HOUR_MS) };
}
