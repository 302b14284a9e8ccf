import type { Resident } from './memory.ts';
import type { Taken } from './start-up.ts';

/** The middle of a list of numbers, of an even count the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return ((sorted[Math.ceil(half) - 1] ?? NaN) + (sorted[Math.floor(half)] ?? NaN)) / 2;
}

function medianOf(runs: readonly Taken[], kind: keyof Taken): number {
  return median(runs.map((taken) => taken[kind]));
}

/** A line of the start-up table. */
export interface StartUpRow {
  readonly what: string;
  readonly runs: readonly Taken[];
  /** What it is divided by: the sum of these medians. */
  readonly against: readonly (readonly Taken[])[];
  /** The largest ratio that is wanted, and of what: where the agent works alone, CPU has to hold as well, or a busy machine would flatter. */
  readonly goal?: number;
  readonly judged?: 'wall' | 'both';
}

/** Markdown, with the ratio of wall clocks and that of main-thread processor time, which neighbours disturb less. */
export function startUpTable(rows: readonly StartUpRow[]): string {
  const lines = rows.map(({ what, runs, against, goal, judged = 'both' }) => {
    const ratio = (kind: keyof Taken): number => medianOf(runs, kind) / against.reduce((sum, reference) => sum + medianOf(reference, kind), 0);
    const [wall, cpu] = [ratio('wallMs'), ratio('cpuMs')];
    return [what, `${medianOf(runs, 'wallMs').toFixed(0)} ms`, wall.toFixed(2), cpu.toFixed(2), verdict(judged === 'both' ? Math.max(wall, cpu) : wall, goal)];
  });
  return markdown(['from process start to', 'median', 'ratio', 'ratio of CPU', 'goal'], lines);
}

/** Markdown: resident memory, each agent divided by the node that idled beside it. */
export function memoryTable(pairs: readonly { readonly node: Resident; readonly agent: Resident }[], goal: number): string {
  const kinds = { 'resident, all pages': 'total', 'resident, anonymous': 'anonymous' } as const;
  const lines = Object.entries(kinds).map(([what, kind]) => {
    const ratio = median(pairs.map(({ node, agent }) => agent[kind] / node[kind])).toFixed(2);
    const megabytes = (of: 'node' | 'agent'): string => `${(median(pairs.map((pair) => pair[of][kind])) / 1024).toFixed(1)} MB`;
    return [what, megabytes('node'), megabytes('agent'), ratio, kind === 'total' ? verdict(Number(ratio), goal) : ''];
  });
  return markdown(['idle, SDS streams open', 'bare node', 'agent', 'ratio', 'goal'], lines);
}

function verdict(ratio: number, goal: number | undefined): string {
  return goal === undefined ? '' : `≤ ${goal.toFixed(goal * 10 === Math.round(goal * 10) ? 1 : 2)}: ${ratio <= goal ? 'reached' : 'missed'}`;
}

export function markdown(head: readonly string[], lines: readonly (readonly string[])[]): string {
  return [head, head.map((_cell, index) => (index === 0 ? '---' : '--:')), ...lines].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}
