import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { VARIABLES } from '../../src/config/variables.ts';
import { diskDirectory, memoryDirectory } from '../fixtures/directory.ts';
import { transcript } from '../fixtures/transcript.ts';

const COLOR = join(import.meta.dirname, '..', '..', 'mesh', 'color');

/** An environment in which `run` would start, were there an Envoy; `changes` makes it fail before or there. */
async function environment(changes: Readonly<Record<string, string>> = {}): Promise<Record<string, string>> {
  return {
    MTLS_MESH: `${COLOR},${join(COLOR, 'no-tls')}`,
    MTLS_ENDPOINT: 'virtualNode/colorteller',
    MTLS_DIR: await memoryDirectory(),
    MTLS_ADMIN: 'off',
    MTLS_ENVOY: '/nonexistent/envoy',
    ...changes,
  };
}

describe('run', () => {
  it('explains every variable with its default in its help', async () => {
    const { stdout } = await transcript(['run', '--help']);
    for (const { meaning, default: fallback } of VARIABLES) expect(stdout).toContain(`${meaning} (${fallback})`);
    expect(VARIABLES.filter(({ name }) => !stdout.includes(`  ${name} `))).toEqual([]);
  });

  it('takes arguments for Envoy behind -- only', async () => {
    const { code, stderr } = await transcript(['run', '--concurrency', '2'], await environment());
    expect(code).toBe(64);
    expect(stderr).toBe('error: run takes no argument --concurrency\nhint: settings come from the environment, arguments for Envoy stand behind --\n');
  });

  it('leaves --help behind -- to Envoy', async () => {
    const { code, stderr } = await transcript(['run', '--', '--help'], await environment());
    expect(code).toBe(78);
    expect(stderr).toMatch(/\/nonexistent\/envoy/);
  });

  it.each([['--config-yaml', 'admin: {}'], ['--mode=validate'], ['--base-id', '1'], ['--disable-hot-restart']])('refuses %s for Envoy, which is its own to set (78)', async (...args) => {
    const { code, stderr } = await transcript(['run', '--', '--concurrency', '2', ...args], await environment());
    expect(code).toBe(78);
    expect(stderr).toContain(args[0].split('=')[0]!);
  });

  it('reports every problem of the environment at once (78)', async () => {
    const { code, stderr } = await transcript(['run'], await environment({ MTLS_DELIVERY: 'post', MTLS_DEADLINE: '1 minute', MTLS_DELIVRY: 'sds' }));
    expect(code).toBe(78);
    for (const name of ['MTLS_DELIVERY', 'MTLS_DEADLINE', 'MTLS_DELIVRY']) expect(stderr).toContain(`  ${name}: `);
  });

  it('refuses an environment that opens the process which holds the key (78)', async () => {
    const { code, stderr } = await transcript(['run'], await environment({ NODE_OPTIONS: '--inspect' }));
    expect(code).toBe(78);
    expect(stderr).toContain('NODE_OPTIONS');
  });

  it('ends with 65 for a bad definition and 78 for a reference that nobody can resolve, before anything starts', async () => {
    expect((await transcript(['run'], await environment({ MTLS_ENDPOINT: 'virtualNode/nobody' }))).code).toBe(65);
    const { code, stderr } = await transcript(['run'], await environment({ MTLS_MESH: `${COLOR},${join(COLOR, 'mtls')}` }));
    expect(code).toBe(78);
    expect(stderr).toMatch(/^error: no source for trust:.*\nhint: set MTLS_TRUST/);
  });

  it('ends with 78 for a directory that a key must not go to, and leaves it empty', async () => {
    const directory = await diskDirectory();
    const { code, stderr } = await transcript(
      ['run'],
      await environment({ MTLS_MESH: `${COLOR},${join(COLOR, 'mtls')}`, MTLS_ENDPOINT: 'virtualGateway/colorgateway', MTLS_IDENTITY: 'file:/x', MTLS_TRUST: 'file:/y', MTLS_DELIVERY: 'files', MTLS_DIR: directory }),
    );
    expect(code).toBe(78);
    expect(stderr).toContain('tmpfs');
    expect(await readdir(directory)).toEqual([]);
  });

  it('ends with 78 for an Envoy that is not there, logs it as JSON, and cleans up', async () => {
    const env = await environment();
    const { code, stdout, stderr } = await transcript(['run'], env);
    const [event, ...report] = stderr.trim().split('\n');
    expect([code, stdout]).toEqual([78, '']);
    expect(JSON.parse(event!)).toMatchObject({ level: 'error', event: 'stopping', code: 'envoy-missing' });
    expect(report[0]).toMatch(/^error: .*\/nonexistent\/envoy/);
    expect(await readdir(env.MTLS_DIR!)).toEqual([]);
  });

  it('ends with the exit code of the last cause when nothing came before the deadline (promise 71)', async () => {
    const directory = await memoryDirectory();
    const { code, stderr } = await transcript(
      ['run'],
      await environment({
        MTLS_MESH: `${COLOR},${join(COLOR, 'mtls')}`,
        MTLS_ENDPOINT: 'virtualGateway/colorgateway',
        MTLS_IDENTITY: `file:${directory}/identity.json`,
        MTLS_TRUST: `file:${directory}/trust.pem`,
        MTLS_DELIVERY: 'files',
        // looked for before anything is fetched, and not started
        MTLS_ENVOY: process.execPath,
        MTLS_DEADLINE: '250ms',
      }),
    );
    expect(code).toBe(69);
    const events = stderr.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as { event: string; source?: string });
    expect(events.filter(({ event }) => event === 'source-failed').map(({ source }) => source)).toEqual(expect.arrayContaining([`file:${directory}/identity.json`, `file:${directory}/trust.pem`]));
    expect(events.some(({ event }) => event === 'envoy-started')).toBe(false);
  });
});
