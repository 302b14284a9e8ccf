import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { envoyAdmin } from '../../src/envoy/admin.ts';
import { EnvoyChild } from '../../src/envoy/child.ts';
import { createLogger } from '../../src/log.ts';
import { StatusBoard, initialStatus } from '../../src/status.ts';

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
async function childOf(script: string): Promise<EnvoyChild> {
  const envoy = join(directory, 'envoy');
  await writeFile(envoy, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const ports = { admin: envoyAdmin(`unix:${join(directory, 'admin.sock')}`), clock: systemClock, status, log: createLogger(systemClock, 'info', (line) => lines.push(line)) };
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
    await child.stop(0, never);
  });

  it('is ended when the agent stops', async () => {
    const child = await childOf('exec sleep 60');
    await child.start();
    await child.stop(0, never);
    expect(child.exit).toEqual({ code: null, signal: 'SIGTERM' });
  });

  it('need not have been started to be stopped', async () => {
    const child = await childOf('exit 0');
    await expect(child.stop(0, never)).resolves.toBeUndefined();
  });

  it('is missing before anything is fetched', async () => {
    const child = await childOf('exit 0');
    await rm(join(directory, 'envoy'));
    await expect(child.find()).rejects.toMatchObject({ code: 'envoy-missing' });
  });
});
