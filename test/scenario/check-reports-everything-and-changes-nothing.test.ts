import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkCommand } from '../../src/cli/check.ts';
import { systemClock } from '../../src/clock.ts';
import { type EmbeddedAws, startEmbeddedAws } from '../../src/demo/aws/embedded-aws.ts';
import type { FaultHook } from '../../src/demo/aws/fault.ts';
import { ACCOUNT, REGION, SECRETS, issueCredentials } from '../../src/demo/credentials.ts';
import type { Finding } from '../../src/preflight/finding.ts';
import { envoyPath } from '../fixtures/real-envoy.ts';

const MESH = `${import.meta.dirname}/../../mesh/color`;
let aws: EmbeddedAws;
let base: string;
let fault: FaultHook = () => undefined;

beforeEach(async () => {
  fault = () => undefined;
  base = await mkdtemp(join(tmpdir(), 'check-'));
  aws = await startEmbeddedAws({ clock: systemClock, port: 0, region: REGION, account: ACCOUNT, fault: (arrival) => fault(arrival) });
  await issueCredentials(aws, 'mtls');
});
afterEach(async () => {
  await aws.close();
  await rm(base, { recursive: true });
});

async function check(changes: Record<string, string> = {}): Promise<{ code: number; pass: boolean; findings: Finding[] }> {
  let stdout = '';
  const env = {
    PATH: process.env.PATH,
    ...aws.environment,
    MTLS_ENVOY: envoyPath(),
    MTLS_DIR: join(base, 'mtls'),
    MTLS_MESH: `${MESH},${MESH}/mtls`,
    MTLS_ENDPOINT: 'virtualNode/colorteller',
    MTLS_IDENTITY: `secret:${SECRETS.teller}`,
    MTLS_TRUST: `secret:${SECRETS.gatewayTrust}`,
    ...changes,
  };
  const io = { stdout: (text: string) => void (stdout += text), stderr: () => undefined, env, signal: new AbortController().signal, clock: systemClock, colour: false };
  const code = await checkCommand({ uid: process.getuid?.() ?? 0 }).run(['--json'], io);
  return { code, ...(JSON.parse(stdout) as { pass: boolean; findings: Finding[] }) };
}

const failures = (findings: readonly Finding[]): (string | undefined)[] => findings.filter(({ status }) => status === 'failed').map(({ code }) => code);

describe('check', () => {
  it.each(['sds', 'files'])('passes what would run, delivered by %s', async (delivery) => {
    const { code, findings } = await check({ MTLS_DELIVERY: delivery });
    expect(failures(findings)).toEqual([]);
    expect(code).toBe(0);
    expect(findings.map(({ check: what }) => what)).toEqual(expect.arrayContaining(['configuration', 'credentials', 'source', 'directory', 'envoy']));
  });

  it('only reads: from AWS, and on this machine', async () => {
    const before = aws.calls.all.length;
    await check();
    const made = aws.calls.all.slice(before).map(({ operation }) => operation);
    expect(new Set(made)).toEqual(new Set(['GetCredentials', 'GetSecretValue']));
    expect(await readdir(base)).toEqual([]);
  });

  it('reports every problem of every kind at once', async () => {
    fault = ({ operation, resource }) => (operation === 'GetSecretValue' && resource?.includes('colorgateway-ca') ? { kind: 'access-denied' } : undefined);
    const { code, findings } = await check({ MTLS_IDENTITY: 'secret:no/such', MTLS_ENVOY: '/no/such/envoy' });
    expect(code).toBe(1);
    expect(failures(findings)).toEqual(expect.arrayContaining(['source-not-found', 'access-denied', 'envoy-missing']));
  });

  it('tells that the identity is that of another endpoint, with both names (promise 122)', async () => {
    const { findings } = await check({ MTLS_IDENTITY: `secret:${SECRETS.gateway}` });
    expect(findings.find(({ status }) => status === 'failed')?.message).toContain('names presented: colorgateway.mtls.svc.cluster.local, wanted one of: colorteller.mtls.svc.cluster.local');
  });

  it('lists references without a source', async () => {
    const { code, findings } = await check({ MTLS_TRUST: '' });
    expect(code).toBe(78);
    expect(findings.find(({ status }) => status === 'failed')?.code).toBe('reference-unresolved');
  });
});
