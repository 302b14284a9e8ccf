import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CustomResourceAnswer, CustomResourceRequest } from '../../src/lambda/custom-resource.ts';
import { causeOf } from '../../src/lambda/causes.ts';
import { exportForStack } from '../../src/lambda/exporter.ts';
import { fillSecret, readFilling } from '../../src/lambda/fill.ts';
import { type RenewerWorld, renewerWorld } from '../fixtures/renewer-world.ts';

let world: RenewerWorld;
let answers: (CustomResourceAnswer & { readonly NoEcho: boolean })[];
beforeEach(async () => {
  world = await renewerWorld();
  answers = [];
});
afterEach(() => world.stop());

/** CloudFormation asks; what it is told. */
async function ask(type: CustomResourceRequest['RequestType'], properties: Readonly<Record<string, unknown>>, more: Partial<CustomResourceRequest> & { readonly remainingMs?: number; readonly deaf?: number } = {}): Promise<CustomResourceAnswer> {
  const { remainingMs = 60_000, deaf = 0, ...rest } = more;
  let unheard = deaf;
  const request: CustomResourceRequest = { RequestType: type, ResponseURL: 'https://cloudformation.example/put', StackId: 'stack', RequestId: 'request', LogicalResourceId: 'Identity', ResourceProperties: properties, ...rest };
  const send = (_url: string, body: string): Promise<void> => {
    unheard -= 1;
    if (unheard >= 0) return Promise.reject(new Error('not heard'));
    answers.push(JSON.parse(body) as (typeof answers)[number]);
    return Promise.resolve();
  };
  const fill = async (given: Readonly<Record<string, unknown>>): Promise<{ readonly versionId: string }> =>
    fillSecret(world.clients, readFilling(given), world.ports).catch((thrown: unknown) => {
      throw causeOf(thrown, 'secret').error;
    });
  await exportForStack(request, { getRemainingTimeInMillis: () => remainingMs }, { fill, send, log: world.ports.log, sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms > 10_000 ? ms : 0)) });
  return answers.at(-1)!;
}

const identity = (): Readonly<Record<string, unknown>> => ({ ServiceToken: 'arn', CertificateArn: world.gateway.certificateArn, SecretId: 'color/gateway' });

async function value(secretId: string): Promise<string> {
  return (await world.clients.secretsManager.send(new GetSecretValueCommand({ SecretId: secretId }))).SecretString ?? '';
}

describe('as CloudFormation creates, changes and removes it (promises 53, 54)', () => {
  it('a secret is filled, and the answer names its version and no secret', async () => {
    const answer = await ask('Create', identity());
    expect(answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'contents of color/gateway', Data: { VersionId: expect.stringMatching(/^[0-9a-f]{64}$/) as string }, NoEcho: true, StackId: 'stack', RequestId: 'request', LogicalResourceId: 'Identity' });
    const { Passphrase } = JSON.parse(await value('color/gateway')) as { Passphrase: string };
    expect(JSON.stringify(answers) + world.lines.join()).not.toContain(Passphrase);
  });

  it('the same request twice exports once', async () => {
    await ask('Create', identity());
    await ask('Create', identity());
    expect(world.aws.calls.of('ExportCertificate')).toHaveLength(1);
  });

  it('an update to another certificate stores that; the rollback brings the first back without an export', async () => {
    const first = await ask('Create', identity());
    const { arn } = await world.aws.acm.request({ domainName: 'gateway.mesh.local', authorityArn: world.authorities.gateway, algorithm: 'EC_prime256v1' });
    const second = await ask('Update', { ...identity(), CertificateArn: arn }, { PhysicalResourceId: first.PhysicalResourceId });
    expect(second.PhysicalResourceId).toBe(first.PhysicalResourceId);
    expect(second.Data).not.toEqual(first.Data);
    const back = await ask('Update', identity(), { PhysicalResourceId: first.PhysicalResourceId });
    expect(back.Data).toEqual(first.Data);
    expect(world.aws.calls.of('ExportCertificate')).toHaveLength(2);
  });

  it('another secret is another resource, whose predecessor is then deleted and keeps its contents', async () => {
    const first = await ask('Create', identity());
    world.aws.secretsManager.create({ name: 'color/other' });
    const second = await ask('Update', { ...identity(), SecretId: 'color/other' }, { PhysicalResourceId: first.PhysicalResourceId });
    expect(second.PhysicalResourceId).toBe('contents of color/other');
    const before = await value('color/gateway');
    expect(await ask('Delete', identity(), { PhysicalResourceId: first.PhysicalResourceId })).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: first.PhysicalResourceId });
    expect(await value('color/gateway')).toBe(before);
  });

  it('what was never created can be deleted: a rollback goes through', async () => {
    expect(await ask('Delete', { nonsense: true }, { PhysicalResourceId: 'contents of no secret' })).toMatchObject({ Status: 'SUCCESS' });
  });

  it("trust goes into a secret of its own, so that who trusts never reads the other's key (promise 52)", async () => {
    world.aws.secretsManager.create({ name: 'color/gateway-ca' });
    const properties = { SecretId: 'color/gateway-ca', AuthorityArns: [world.authorities.gateway] };
    const first = await ask('Create', properties);
    expect(JSON.parse(await value('color/gateway-ca'))).toEqual({ TrustBundle: world.aws.privateCa.authority(world.authorities.gateway).certificatePem });
    world.asked();
    expect((await ask('Update', properties)).Data).toEqual(first.Data);
    expect(world.asked()).toEqual(['GetCertificateAuthorityCertificate', 'DescribeSecret']);
  });
});

describe('when it fails', () => {
  it.each([
    ['no secret', { SecretId: '' }, 'SecretId'],
    ['neither certificate nor authority', { CertificateArn: undefined }, 'either CertificateArn or AuthorityArns'],
    ['both', { AuthorityArns: ['arn'] }, 'either CertificateArn or AuthorityArns'],
    ['a role that is none', { Roles: ['peer'] }, 'Roles'],
  ])('it says so: %s', async (_what, change, word) => {
    expect(await ask('Create', { ...identity(), ...change })).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining(word) as string });
  });

  it('the reason has what, which and the likely fix, and the physical id is the one of a success', async () => {
    world.faults.set('ExportCertificate', { kind: 'access-denied' });
    expect(await ask('Create', identity())).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'contents of color/gateway', Reason: expect.stringMatching(/may not acm:ExportCertificate on arn:.*an Allow is missing/) as string });
  });

  it("it answers before Lambda's time runs out", async () => {
    world.faults.set('ExportCertificate', { kind: 'delay', ms: 5_000 });
    expect(await ask('Create', identity(), { remainingMs: 10_050 })).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('time is nearly over') as string });
  });

  it('an answer that is not heard is repeated', async () => {
    expect(await ask('Create', identity(), { deaf: 2 })).toMatchObject({ Status: 'SUCCESS' });
    await expect(ask('Create', identity(), { deaf: 9 })).rejects.toThrow('not heard');
  });
});
