/** Counters and gauges by Envoy's own name. */
export type Counters = ReadonlyMap<string, number>;

/** Envoy's `/stats` text: `name: integer`. Histograms, text readouts and blank lines are passed over. */
export function parseCounters(text: string): Counters {
  const lines = text.matchAll(/^([^\s:]+): (\d+)\r?$/gm);
  return new Map([...lines].map(([, name = '', value]) => [name, Number(value)]));
}

/** What a counter line is in Envoy's own form, without the line end. */
export function counterLine(name: string, value: number): string {
  return `${name}: ${value}`;
}

/** Same counters, grown since `before`; a counter that is new since then began at 0. Gauges make no sense here. */
export function grownSince(before: Counters, now: Counters): Counters {
  return new Map([...now].map(([name, value]) => [name, value - (before.get(name) ?? 0)]));
}

/** Names that went down or away: counters never do in one process, so Envoy was restarted in between. */
export function wentDown(before: Counters, now: Counters): readonly string[] {
  return [...before].filter(([name, value]) => (now.get(name) ?? 0) < value).map(([name]) => name);
}
