import { expect, test, vi } from 'vitest';
import { parseConfig } from '../../src/config/parse.ts';
import { AgentError } from '../../src/errors.ts';

async function problem(env: Record<string, string>): Promise<AgentError> {
  const thrown: unknown = await parseConfig(env).then(() => undefined, (error: unknown) => error);
  expect(thrown).toBeInstanceOf(AgentError);
  return thrown as AgentError;
}

test('an empty environment gives the defaults of the contract', async () => {
  expect(await parseConfig({})).toEqual({
    identity: undefined,
    trust: [],
    names: [],
    sources: {},
    mesh: [],
    endpoint: undefined,
    delivery: 'sds',
    directory: '/run/mtls-agent',
    pollMs: undefined,
    notices: undefined,
    deadlineMs: 60_000,
    admin: { host: '127.0.0.1', port: 9902 },
    envoy: undefined,
    envoyAdmin: undefined,
    drainMs: 20_000,
    logLevel: 'info',
    allowDisk: false,
    aws: { region: undefined, endpoints: { secretsManager: undefined, acmPca: undefined, acm: undefined }, credentials: 'chain', allowPlainHttp: false },
  });
});

test('every variable reaches its field', async () => {
  const config = await parseConfig({
    MTLS_IDENTITY: 'secret:color/gateway',
    MTLS_TRUST: 'secret:color/ca-old, file:/run/ca.pem',
    MTLS_NAMES: 'gateway.color, spiffe://color/gateway',
    MTLS_SOURCES: '{"trust:/keys/ca.pem":"secret:a"}',
    MTLS_MESH: '/etc/mesh,/etc/more',
    MTLS_ENDPOINT: 'mesh/ColorMesh/virtualGateway/ColorGateway',
    MTLS_DELIVERY: 'files',
    MTLS_DIR: '/dev/shm/agent/',
    MTLS_POLL: '5m',
    MTLS_NOTICES: 'arn:aws:sqs:eu-west-1:111122223333:notices',
    MTLS_DEADLINE: '90s',
    MTLS_ADMIN: 'off',
    MTLS_ENVOY: '/opt/envoy',
    MTLS_ENVOY_ADMIN: 'unix:/run/admin.sock',
    MTLS_DRAIN: '0s',
    MTLS_LOG: 'debug',
    MTLS_ALLOW_DISK: 'true',
    MTLS_ALLOW_HTTP_ENDPOINT: 'true',
    AWS_REGION: 'eu-west-1',
  });
  expect(config).toMatchObject({
    identity: 'secret:color/gateway',
    trust: ['secret:color/ca-old', 'file:/run/ca.pem'],
    names: ['gateway.color', 'spiffe://color/gateway'],
    sources: { 'trust:/keys/ca.pem': 'secret:a' },
    mesh: ['/etc/mesh', '/etc/more'],
    endpoint: 'virtualGateway/ColorGateway',
    delivery: 'files',
    directory: '/dev/shm/agent',
    pollMs: 300_000,
    notices: 'arn:aws:sqs:eu-west-1:111122223333:notices',
    deadlineMs: 90_000,
    admin: undefined,
    envoy: '/opt/envoy',
    envoyAdmin: 'unix:/run/admin.sock',
    drainMs: 0,
    logLevel: 'debug',
    allowDisk: true,
    aws: { region: 'eu-west-1', allowPlainHttp: true },
  });
});

test('all problems are reported together, each with the variable, what was given and what is expected', async () => {
  const error = await problem({ MTLS_POLL: '5 minutes', MTLS_DELIVERY: 'nfs', MTLS_DIR: 'run', MTLS_IDENTITY: 'color/gateway', MTLS_DEADLNE: '5s' });
  expect(error).toMatchObject({ code: 'config-invalid', exitCode: 78 });
  expect(error.message).toBe(
    [
      'configuration: 5 problems',
      '  MTLS_IDENTITY: "color/gateway" is not a source, expected secret:NAME, file:PATH, env:NAME, or an ARN of Secrets Manager, ACM or ACM Private CA (the name of a secret is written secret:color/gateway)',
      '  MTLS_DELIVERY: "nfs" is unknown, expected sds or files',
      '  MTLS_DIR: "run" is relative, expected an absolute path',
      '  MTLS_POLL: "5 minutes" is not a duration, expected for example 250ms, 30s, 5m or 2h',
      '  MTLS_DEADLNE: unknown, given "5s"; the nearest known name is MTLS_DEADLINE',
    ].join('\n'),
  );
});

test('a bad configuration neither prints nor exits by itself', async () => {
  const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
  const print = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const error = await problem({ MTLS_LOG: 'loud' });
  expect(error.message).toBe('configuration: MTLS_LOG: "loud" is unknown, expected error, warn, info or debug');
  expect(exit).not.toHaveBeenCalled();
  expect(print).not.toHaveBeenCalled();
});

test('APPMESH_RESOURCE_ARN says which endpoint this is, unless MTLS_ENDPOINT does', async () => {
  const arn = 'arn:aws:appmesh:eu-west-1:111122223333:mesh/ColorMesh/virtualNode/ColorTeller';
  expect((await parseConfig({ APPMESH_RESOURCE_ARN: arn })).endpoint).toBe('virtualNode/ColorTeller');
  expect((await parseConfig({ APPMESH_RESOURCE_ARN: arn, MTLS_ENDPOINT: 'virtualNode/Other' })).endpoint).toBe('virtualNode/Other');
  expect((await problem({ APPMESH_RESOURCE_ARN: 'nonsense' })).message).toContain('APPMESH_RESOURCE_ARN: "nonsense" is not an endpoint');
});

test('an empty variable counts as not set, a boolean is true or false only', async () => {
  expect((await parseConfig({ MTLS_POLL: '', MTLS_ALLOW_DISK: '' })).allowDisk).toBe(false);
  expect((await problem({ MTLS_ALLOW_DISK: 'yes' })).message).toContain('MTLS_ALLOW_DISK: "yes" is unknown, expected true or false');
});

test('NODE_ENV changes no default', async () => {
  expect(await parseConfig({ NODE_ENV: 'development' })).toEqual(await parseConfig({ NODE_ENV: 'production' }));
});

test('a secret injected in place of its name is not shown (promise 129)', async () => {
  const error = await problem({ MTLS_IDENTITY: '{"Certificate":"c","PrivateKey":"hunter2","Passphrase":"hunter3"}' });
  expect(error.message).not.toMatch(/hunter/);
  expect(error.message).toContain('name the variable that holds it as env:NAME');
});

test('polling without a pause is refused', async () => {
  expect((await problem({ MTLS_POLL: '0s' })).message).toContain('MTLS_POLL: "0s" is no time at all');
});
