import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../src/clock.ts';
import { envoyAdmin } from '../../src/envoy/admin.ts';
import { EnvoyChild } from '../../src/envoy/child.ts';
import { createLogger } from '../../src/log.ts';
import { StatusBoard, initialStatus } from '../../src/status.ts';
import { FakeClock, settle } from '../fixtures/fake-clock.ts';

let directory: string;
let lines: string[];
let status: StatusBoard;
const never = new AbortController().signal;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'child-'));
  lines = [];
  status = new StatusBoard(initialStatus('virtualNode/n', []));
});
afterEach(() => rm(directory, { recursive: true }));

/** A child whose Envoy is a shell script. */
async function childOf(script: string, clock: Clock = systemClock): Promise<EnvoyChild> {
  const envoy = join(directory, 'envoy');
  await writeFile(envoy, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const ports = { admin: envoyAdmin(`unix:${join(directory, 'admin.sock')}`), clock, random: () => 0, status, log: createLogger(systemClock, 'info', (line) => lines.push(line)) };
  return new EnvoyChild({ envoy, env: { PATH: '/usr/bin:/bin' }, directory, pid1: true, arguments: [] }, ports);
}

const gone = (child: EnvoyChild): Promise<void> => new Promise((resolve) => child.gone.addEventListener('abort', () => resolve(), { once: true }));

describe("the agent's Envoy", () => {
  it('is seen running, and seen to end by itself with its code', async () => {
    const child = await childOf('exit 3');
    const ended = gone(child);
    await child.start();
    await ended;
    expect(child.exit).toEqual({ code: 3, signal: null });
    expect(status.current.envoy.state).toBe('exited');
    expect(lines.map((line) => (JSON.parse(line) as { event: string }).event)).toEqual(['envoy-started', 'envoy-exited']);
  });

  it('is started once, however often that is asked', async () => {
    const child = await childOf('exec sleep 60');
    await child.start();
    const { pid } = status.current.envoy;
    await child.start();
    expect(status.current.envoy.pid).toBe(pid);
    await child.stop({ drainMs: 0, noticeMs: 0 }, never);
  });

  it('is ended when the agent stops', async () => {
    const child = await childOf('exec sleep 60');
    await child.start();
    await child.stop({ drainMs: 0, noticeMs: 0 }, never);
    expect(child.exit).toEqual({ code: null, signal: 'SIGTERM' });
  });

  it('need not have been started to be stopped', async () => {
    const child = await childOf('exit 0');
    await expect(child.stop({ drainMs: 0, noticeMs: 0 }, never)).resolves.toBeUndefined();
  });

  it('is started again after a crash, and given up after five within a minute', async () => {
    // LIVE is what the agent says of it: a shell has no admin
    const child = await childOf('kill -9 $$');
    child.noteLive();
    let restarts = 0;
    child.onRestart(() => (restarts += 1));
    const ended = gone(child);
    await child.start();
    await ended;
    expect(restarts).toBe(4);
    expect(child.exit).toEqual({ code: null, signal: 'SIGKILL' });
    expect((child.gone.reason as Error).message).toBe('envoy has crashed 5 times within 60 s');
  });

  it('that ends with 0 was asked to, and is not started again', async () => {
    const child = await childOf('exit 0');
    child.noteLive();
    const ended = gone(child);
    await child.start();
    await ended;
    expect(lines.filter((line) => line.includes('envoy-started'))).toHaveLength(1);
  });

  it('that crashed stays down when the agent stops before its restart', async () => {
    const child = await childOf('kill -9 $$');
    child.noteLive();
    const restarting = new Promise<void>((resolve) => child.onRestart(resolve));
    await child.start();
    await restarting;
    await child.stop({ drainMs: 0, noticeMs: 0 }, never);
    expect(lines.filter((line) => line.includes('envoy-started'))).toHaveLength(1);
    expect(status.current.envoy.state).toBe('exited');
  });

  it('is killed and started again when it has all it needs and is not LIVE three times', async () => {
    const child = await childOf('exec sleep 60');
    child.noteLive();
    const restarting = new Promise<void>((resolve) => child.onRestart(resolve));
    await child.start();
    child.noteNotLive();
    child.noteNotLive();
    expect(status.current.envoy.state).toBe('running');
    child.noteNotLive();
    expect(status.current.envoy.state).toBe('hanging');
    await restarting;
    await child.stop({ drainMs: 0, noticeMs: 0 }, never);
  });

  it('is killed when its admin is silent, unless the directory with its socket has been taken away: then it serves on', async () => {
    const clock = new FakeClock();
    const child = await childOf('exec sleep 60', clock);
    child.noteLive();
    await child.start();
    await rm(directory, { recursive: true });
    // each look is a real attempt to connect, between two moments of the fake clock
    const later = async (): Promise<string> => clock.advance(5_000).then(() => lines.join());
    await expect.poll(later, { timeout: 10_000 }).toContain('"event":"directory-lost"');
    await settle();
    expect(lines.join()).not.toContain('envoy-hangs');
    expect(status.current.envoy.state).toBe('hanging');
    await mkdir(directory);
    await child.stop({ drainMs: 0, noticeMs: 0 }, never);
  });

  it('is missing before anything is fetched', async () => {
    const child = await childOf('exit 0');
    await rm(join(directory, 'envoy'));
    await expect(child.find()).rejects.toMatchObject({ code: 'envoy-missing' });
  });
});
