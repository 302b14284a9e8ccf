import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { growth, readSnapshot, saveSnapshot, type Snapshot } from '../../src/envoy/snapshot.ts';

const HANDSHAKE = 'listener.0.0.0.0_15000.ssl.handshake';
const BEFORE: Snapshot = { startedAt: '2026-11-23T21:36:24.108Z', counters: new Map([[HANDSHAKE, 4]]) };

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'snapshot-'));
});

afterEach(() => rm(directory, { recursive: true }));

test('reads back what it saved, and leaves no draft', async () => {
  const file = join(directory, 'before.json');
  await saveSnapshot(file, BEFORE);
  expect(await readSnapshot(file)).toEqual(BEFORE);
  expect(await readdir(directory)).toEqual(['before.json']);
});

test.each(['', '[]', 'null', '{"startedAt":1,"counters":{}}', '{"startedAt":"x"}'])('a file with %j is no snapshot', async (text) => {
  const file = join(directory, 'other.json');
  await writeFile(file, text);
  await expect(readSnapshot(file)).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining(file) as string });
});

test('a file that is not there, or cannot be written, is a usage error that names it', async () => {
  const file = join(directory, 'absent', 'before.json');
  await expect(readSnapshot(file)).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining(file) as string });
  await expect(saveSnapshot(file, BEFORE)).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining(file) as string });
});

test('growth is what came since (promise 103)', () => {
  const now = { ...BEFORE, counters: new Map([[HANDSHAKE, 6]]) };
  expect([...growth(BEFORE, now)]).toEqual([[HANDSHAKE, 2]]);
});

test('an Envoy that started at another time was restarted, even if its counters are higher', () => {
  const now = { startedAt: '2026-11-23T22:00:00.000Z', counters: new Map([[HANDSHAKE, 9]]) };
  expect(() => growth(BEFORE, now)).toThrow(expect.objectContaining({ code: 'no-evidence', exitCode: 3 }));
});

test('a counter that went down tells a restart too, with both numbers', () => {
  const now = { ...BEFORE, counters: new Map([[HANDSHAKE, 1]]) };
  expect(() => growth(BEFORE, now)).toThrow(/went down from 4 to 1/);
});
