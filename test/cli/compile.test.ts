import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compileCommand } from '../../src/cli/compile.ts';
import { systemClock } from '../../src/clock.ts';
import { AgentError } from '../../src/errors.ts';

const ROOT = join(import.meta.dirname, '../..');
const MTLS = ['mesh/color', 'mesh/color/mtls'] as const;

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'compile-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

interface Transcript {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(args: readonly string[], env: Record<string, string> = {}, cwd = ROOT): Promise<Transcript> {
  let [stdout, stderr] = ['', ''];
  const io = { env, cwd, colour: false, clock: systemClock, signal: new AbortController().signal };
  const exit = await compileCommand.run(args, { ...io, stdout: (text) => (stdout += text), stderr: (text) => (stderr += text) });
  return { exit, stdout, stderr };
}

async function failure(...args: readonly string[]): Promise<AgentError> {
  const thrown: unknown = await run(args).catch((error: unknown) => error);
  if (thrown instanceof AgentError) return thrown;
  throw new Error('did not fail');
}

/** A folder with one more definition, to be passed as a further PATH. */
function folder(document: object): string {
  mkdirSync(join(directory, 'extra'));
  writeFileSync(join(directory, 'extra', 'a.json'), JSON.stringify(document, undefined, 2));
  return join(directory, 'extra');
}

const WARNED = { meshName: 'mtls', virtualGatewayName: 'idle', spec: { listeners: [{ portMapping: { port: 9081, protocol: 'http' } }] } };
const BROKEN = { meshName: 'mtls', virtualNodeName: 'other', spec: {} };

it('prints the pair of one endpoint by file name, and nothing on stderr', async () => {
  const { exit, stdout, stderr } = await run([...MTLS, '--endpoint', 'virtualNode/colorteller']);
  expect([exit, stderr]).toEqual([0, '']);
  const printed = JSON.parse(stdout) as Record<string, unknown>;
  expect(Object.keys(printed)).toEqual(['virtualNode_colorteller.envoy.json', 'virtualNode_colorteller.manifest.json']);
  expect(printed['virtualNode_colorteller.envoy.json']).toHaveProperty('node.id', 'mesh/mtls/virtualNode/colorteller');
  expect(printed['virtualNode_colorteller.manifest.json']).toHaveProperty('endpoint', 'virtualNode/colorteller');
});

it('takes the ARN of App Mesh for an endpoint', async () => {
  const arn = 'arn:aws:appmesh:us-east-1:111122223333:mesh/mtls/virtualGateway/colorgateway';
  expect(Object.keys(JSON.parse((await run([...MTLS, '--endpoint', arn])).stdout) as object)).toContain('virtualGateway_colorgateway.envoy.json');
});

it('writes a pair per endpoint and is silent about it', async () => {
  const out = join(directory, 'deep/out');
  expect(await run([...MTLS, '--all', '--out', out])).toEqual({ exit: 0, stdout: '', stderr: '' });
  expect(readdirSync(out)).toEqual(['virtualGateway_colorgateway.envoy.json', 'virtualGateway_colorgateway.manifest.json', 'virtualNode_colorteller.envoy.json', 'virtualNode_colorteller.manifest.json']);
  expect(JSON.parse(readFileSync(join(out, 'virtualNode_colorteller.manifest.json'), 'utf8'))).toHaveProperty('mesh', 'mtls');
});

it('reports what it wrote with --json', async () => {
  const { exit, stdout } = await run([...MTLS, '--endpoint', 'virtualNode/colorteller', '--out', directory, '--json']);
  expect(exit).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    outputs: [join(directory, 'virtualNode_colorteller.envoy.json'), join(directory, 'virtualNode_colorteller.manifest.json')],
    diagnostics: [],
  });
});

it('takes directory and delivery from the environment', async () => {
  const { stdout } = await run([...MTLS, '--all'], { MTLS_DIR: '/run/elsewhere', MTLS_DELIVERY: 'files' });
  expect(stdout).toContain('"/run/elsewhere/sds/');
  expect(stdout).not.toContain('agent_sds');
});

describe('a definition with errors', () => {
  it('is reported with its place and a hint, exits 65, and nothing is written, although the asked endpoint is sound', async () => {
    const extra = folder(BROKEN);
    const out = join(directory, 'out');
    const { exit, stdout, stderr } = await run([...MTLS, extra, '--endpoint', 'virtualNode/colorteller', '--out', out]);
    expect([exit, stdout, existsSync(out)]).toEqual([65, '', false]);
    expect(stderr.replaceAll(extra, 'EXTRA')).toBe(
      'error: EXTRA/a.json:4:3: virtualNode/other spec.listeners: listeners is missing\n' +
        'error: EXTRA/a.json:4:3: virtualNode/other spec.serviceDiscovery: serviceDiscovery is missing\n',
    );
  });

  it('has every key of the contract in the JSON report', async () => {
    const { exit, stdout, stderr } = await run([...MTLS, folder(BROKEN), '--all', '--json']);
    expect([exit, stderr]).toEqual([65, '']);
    const { outputs, diagnostics } = JSON.parse(stdout) as { outputs: unknown; diagnostics: object[] };
    expect(outputs).toEqual([]);
    expect(Object.keys(diagnostics[0] ?? {})).toEqual(['severity', 'code', 'file', 'line', 'column', 'resource', 'path', 'message', 'hint']);
  });

  it('exits 65 when an endpoint is unknown, and lists those there are', async () => {
    const { exit, stderr } = await run([...MTLS, '--endpoint', 'virtualNode/nobody']);
    expect(exit).toBe(65);
    expect(stderr).toBe('error: virtualNode/nobody is not an endpoint of mesh mtls\nhint: it has virtualGateway/colorgateway, virtualNode/colorteller\n');
  });
});

describe('a warning', () => {
  it('is printed and passes', async () => {
    const { exit, stdout, stderr } = await run([...MTLS, folder(WARNED), '--all']);
    expect(exit).toBe(0);
    expect(stdout).toContain('virtualGateway_idle.envoy.json');
    expect(stderr).toMatch(/^warning: .*a\.json:1:1: virtualGateway\/idle: virtualGateway\/idle has no gateway route/);
  });

  it('fails under --strict, and nothing is written', async () => {
    const out = join(directory, 'out');
    const { exit } = await run([...MTLS, folder(WARNED), '--all', '--strict', '--out', out]);
    expect([exit, existsSync(out)]).toEqual([1, false]);
  });
});

describe('a wrong call', () => {
  it.each([
    [['--all'], 'no definitions given'],
    [[...MTLS], 'neither --endpoint nor --all given'],
    [[...MTLS, '--all', '--endpoint', 'virtualNode/x'], '--endpoint and --all exclude each other'],
    [[...MTLS, '--endpoint', 'colorteller'], /^--endpoint: .*colorteller.* is not an endpoint/],
    [[...MTLS, '--all', '--outt', 'x'], "unknown option '--outt'"],
  ])('%j is a usage error', async (args, message) => {
    const error = await failure(...args);
    expect([error.code, error.exitCode]).toEqual(['usage', 64]);
    expect(error.message).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
  });

  it('names a path that cannot be read (65)', async () => {
    const error = await failure('mesh/colour', '--all');
    expect([error.exitCode, error.message]).toEqual([65, 'cannot read mesh/colour: no such file or directory']);
  });

  it('names a delivery that does not exist (78)', async () => {
    await expect(run([...MTLS, '--all'], { MTLS_DELIVERY: 'file' })).rejects.toMatchObject({ exitCode: 78, message: 'MTLS_DELIVERY is "file", expected sds or files' });
  });
});

it('mentions every option and an example in its help', () => {
  for (const option of ['--endpoint', '--all', '--out', '--strict', '--json', '--help', 'examples:']) expect(compileCommand.usage).toContain(option);
});
