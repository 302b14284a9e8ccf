import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { syncIdentity } from '../../src/lambda/renewal.ts';
import { type Report, type RenewerSettings, renew } from '../../src/lambda/renewer.ts';
import { type RenewerWorld, renewerWorld } from '../fixtures/renewer-world.ts';

let world: RenewerWorld;
let settings: RenewerSettings;
beforeEach(async () => {
  world = await renewerWorld();
  settings = { identities: [world.teller, world.gateway], services: [] };
  for (const identity of settings.identities) await syncIdentity(world.clients, identity, world.ports);
  world.asked();
});
afterEach(() => world.stop());

const take = (event: unknown, changes: Partial<RenewerSettings> = {}): Promise<Report> => renew(event, { ...settings, ...changes }, world.ports);
const acm = (detailType: string, arn = world.gateway.certificateArn, detail: object = {}): object => ({ source: 'aws.acm', 'detail-type': detailType, resources: [arn], detail });
const AVAILABLE = 'ACM Certificate Available';

async function version(secretId: string): Promise<string | undefined> {
  return (await world.clients.secretsManager.send(new GetSecretValueCommand({ SecretId: secretId }))).VersionId;
}

describe('the renewer', () => {
  it('exports what ACM has renewed, for the certificate of the event and no other', async () => {
    const before = await Promise.all([version('color/teller'), version('color/gateway')]);
    await world.aws.acm.renew(world.gateway.certificateArn);
    await world.aws.acm.renew(world.teller.certificateArn);
    expect(await take(acm(AVAILABLE, world.gateway.certificateArn, { Action: 'RENEWAL', InUse: 'FALSE' }))).toMatchObject({ done: [{ secret: 'color/gateway', outcome: 'stored' }], failed: [] });
    expect(await version('color/teller')).toBe(before[0]);
    expect(await version('color/gateway')).not.toBe(before[1]);
  });

  it('sweeps every day: what a lost event left is mended, the rest costs three reads each', async () => {
    await world.aws.acm.renew(world.gateway.certificateArn);
    const { done } = await take({ source: 'aws.events', 'detail-type': 'Scheduled Event', resources: [], detail: {} });
    expect(done).toMatchObject([{ secret: 'color/teller', outcome: 'current' }, { outcome: 'not-due' }, { secret: 'color/gateway', outcome: 'stored' }, { outcome: 'not-due' }]);
    world.asked();
    await take({ source: 'aws.events', 'detail-type': 'Scheduled Event' });
    expect(world.asked()).toEqual(['DescribeCertificate', 'DescribeSecret', 'DescribeCertificate', 'DescribeCertificate', 'DescribeSecret', 'DescribeCertificate']);
  });

  it('asks for a renewal when ACM tells that the end is near, and never waits for it (promises 106, 107)', async () => {
    const soon = { ...world.ports, now: () => new Date(Date.now() + 370 * 86_400_000) };
    world.aws.acm.renewalMs = 3_600_000;
    expect(await renew(acm('ACM Certificate Approaching Expiration', undefined, { DaysToExpiry: 25 }), settings, soon)).toMatchObject({ done: [{ outcome: 'asked' }] });
    // the same event comes every day
    expect(await renew(acm('ACM Certificate Approaching Expiration', undefined, { DaysToExpiry: 24 }), settings, soon)).toMatchObject({ done: [{ outcome: 'renewing' }] });
    expect(world.asked()).toEqual(['DescribeCertificate', 'RenewCertificate', 'DescribeCertificate']);
  });

  it('tells why ACM could not renew, with the command that helps (promise 124)', async () => {
    const { failed } = await take(acm('ACM Certificate Renewal Action Required', undefined, { RenewalStatusReason: 'PCA_ACCESS_DENIED' }));
    expect(failed).toMatchObject([{ code: 'PCA_ACCESS_DENIED', message: expect.stringContaining('create-permission') as string }]);
    expect(world.lines.join()).toContain('"level":"error"');
  });

  it.each([
    ['a forged certificate', () => acm(AVAILABLE, 'arn:aws:acm:eu-central-1:123456789012:certificate/11111111-1111-1111-1111-111111111111')],
    ['no resources', () => ({ source: 'aws.acm', 'detail-type': AVAILABLE })],
    ['resources that are no list', () => ({ source: 'aws.acm', 'detail-type': AVAILABLE, resources: 'all', detail: 7 })],
    ['another service', () => ({ source: 'aws.s3', 'detail-type': 'Object Created', resources: [world.gateway.certificateArn] })],
  ])('does nothing for an event with %s', async (_what, event) => {
    const { done, failed } = await take(event());
    expect([done.length, failed]).toEqual([1, []]);
    expect(world.asked()).toEqual([]);
  });

  it.each([null, 'renew', [], {}, { renew: 7 }, { step: 'move' }, { step: 'add-anchor' }])('refuses %j by hand, and says what it takes', async (event) => {
    await expect(take(event)).rejects.toMatchObject({ code: 'usage', hint: expect.stringContaining('{"renew": ARN}') as string });
  });

  it('by hand renews and exports at once', async () => {
    expect(await take({ renew: world.gateway.certificateArn })).toMatchObject({ done: [{ outcome: 'asked' }] });
    await expect.poll(async () => (await take({ export: world.gateway.certificateArn })).done[0]?.['outcome']).toBe('stored');
  });

  it('one that fails holds back no other; what may pass is thrown for Lambda to try again', async () => {
    for (const { certificateArn } of settings.identities) await world.aws.acm.renew(certificateArn);
    const elsewhere = { certificateArn: world.teller.certificateArn, secretId: 'color/nowhere' };
    const { done, failed } = await take({ source: 'aws.events', 'detail-type': 'Scheduled Event' }, { identities: [elsewhere, world.gateway] });
    expect(done).toContainEqual(expect.objectContaining({ secret: 'color/gateway', outcome: 'stored' }));
    expect(failed).toMatchObject([{ code: 'source-not-found' }]);
    world.faults.set('DescribeCertificate', { kind: 'throttle' });
    await expect(take(acm(AVAILABLE))).rejects.toMatchObject({ code: 'source-throttled' });
  });

  it('an explicit deny is alarmed and not tried again (promise 124)', async () => {
    await world.aws.acm.renew(world.gateway.certificateArn);
    world.faults.set('ExportCertificate', { kind: 'access-denied', policy: 'identity-deny' });
    expect(await take(acm(AVAILABLE))).toMatchObject({ failed: [{ code: 'access-denied' }] });
    expect(world.asked().filter((operation) => operation === 'ExportCertificate')).toHaveLength(1);
    expect(world.lines.join()).toMatch(/"event":"renewal-failed".*explicit deny.*"permanent":true/);
  });

  it('writes neither key nor passphrase into its log (promise 129)', async () => {
    await world.aws.acm.renew(world.gateway.certificateArn);
    await take(acm(AVAILABLE));
    const { SecretString = '' } = await world.clients.secretsManager.send(new GetSecretValueCommand({ SecretId: 'color/gateway' }));
    const { Passphrase, PrivateKey } = JSON.parse(SecretString) as { Passphrase: string; PrivateKey: string };
    const log = world.lines.join('\n');
    expect(log).not.toContain(Passphrase);
    expect(log).not.toContain(PrivateKey.split('\n')[1]);
  });
});

describe('where a rolling deployment is chosen (promises 110, 111)', () => {
  const services = [{ cluster: 'color', service: 'colorteller' }, { cluster: 'color', service: 'colorgateway' }];
  const updates = (): readonly (string | undefined)[] => world.aws.calls.of('UpdateService').map(({ resource }) => resource);

  it('the server is replaced first, the client when ECS tells that it has come up, and nobody waits', async () => {
    const ready: Record<string, () => void> = {};
    for (const { cluster, service } of services) world.aws.ecs.create(cluster, service, () => new Promise((resolve) => (ready[service] = resolve)));
    await world.aws.acm.renew(world.gateway.certificateArn);
    const told: object[] = [];
    world.aws.events.rule({ source: ['aws.ecs'] }, (event) => told.push(event));
    expect((await take(acm(AVAILABLE), { services })).done).toContainEqual({ rollout: 'deploying' });
    expect(updates()).toEqual(['colorteller']);
    expect((await take(acm(AVAILABLE), { services })).done).toContainEqual({ rollout: 'waiting' });
    ready['colorteller']!();
    await expect.poll(() => told.length).toBe(1);
    expect((await take(told[0], { services })).done).toContainEqual({ rollout: 'deploying' });
    expect(updates()).toEqual(['colorteller', 'colorgateway']);
    ready['colorgateway']!();
    await expect.poll(() => told.length).toBe(2);
    expect((await take(told[1], { services })).done).toContainEqual({ rollout: 'done' });
  });

  it('one that does not come up ends the roll-out, with an alarm', async () => {
    for (const { cluster, service } of services) world.aws.ecs.create(cluster, service, () => Promise.reject(new Error('unhealthy')));
    await world.aws.acm.renew(world.gateway.certificateArn);
    await take(acm(AVAILABLE), { services });
    expect(await take({ source: 'aws.ecs', 'detail-type': 'ECS Deployment State Change' }, { services })).toMatchObject({ failed: [{ message: expect.stringContaining('colorteller has failed') as string }] });
    expect(updates()).toEqual(['colorteller']);
  });

  it('none begins before the new version is written (promise 113)', async () => {
    for (const { cluster, service } of services) world.aws.ecs.create(cluster, service, () => Promise.resolve());
    await world.aws.acm.renew(world.gateway.certificateArn);
    world.faults.set('ExportCertificate', { kind: 'access-denied' });
    await take(acm(AVAILABLE), { services });
    expect(updates()).toEqual([]);
  });
});
