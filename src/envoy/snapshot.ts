import { readFile, rename, writeFile } from 'node:fs/promises';
import { AgentError } from '../errors.ts';
import { type Counters, grownSince, wentDown } from './counters.ts';

/** Counters at one moment, with what tells one run of Envoy from the next. */
export interface Snapshot {
  /** `Incarnation.startedAt`. */
  readonly startedAt: string;
  readonly counters: Counters;
}

/** JSON: `{"startedAt", "counters": {NAME: integer}}`. Complete or not at all, so that `--since` can follow at any time. */
export async function saveSnapshot(file: string, { startedAt, counters }: Snapshot): Promise<void> {
  const draft = `${file}.new`;
  try {
    await writeFile(draft, `${JSON.stringify({ startedAt, counters: Object.fromEntries(counters) }, null, 2)}\n`);
    await rename(draft, file);
  } catch (cause) {
    throw new AgentError('usage', `cannot save to ${file}: ${messageOf(cause)}`, { cause });
  }
}

/** @throws {AgentError} `usage` if there is no snapshot in the file */
export async function readSnapshot(file: string): Promise<Snapshot> {
  const hint = 'save one first: stats --save FILE';
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new AgentError('usage', `cannot read ${file}: ${messageOf(cause)}`, { cause, hint });
  });
  const snapshot = parse(text);
  if (snapshot === undefined) throw new AgentError('usage', `${file} holds no saved counters`, { hint });
  return snapshot;
}

/**
 * What happened between two snapshots of the same Envoy.
 *
 * @throws {AgentError} `no-evidence` if it was restarted in between, told by its start time or by a counter that went down
 */
export function growth(before: Snapshot, now: Snapshot): Counters {
  const fallen = wentDown(before.counters, now.counters)[0];
  const why =
    before.startedAt === now.startedAt
      ? fallen && `${fallen} went down from ${before.counters.get(fallen)} to ${now.counters.get(fallen) ?? 0}`
      : `it started at ${now.startedAt}, the saved one at ${before.startedAt}`;
  if (why === undefined) return grownSince(before.counters, now.counters);
  throw new AgentError('no-evidence', `envoy was restarted since the counters were saved, or it is another one: ${why}`, {
    hint: 'its counters began anew: judge without --since, or save again',
  });
}

function parse(text: string): Snapshot | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!isRecord(value) || typeof value['startedAt'] !== 'string' || !isRecord(value['counters'])) return undefined;
    const counters = Object.entries(value['counters']).filter((entry): entry is [string, number] => Number.isInteger(entry[1]));
    return { startedAt: value['startedAt'], counters: new Map(counters) };
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
