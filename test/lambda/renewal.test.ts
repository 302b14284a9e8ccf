import { GetSecretValueCommand, PutSecretValueCommand, UpdateSecretVersionStageCommand } from '@aws-sdk/client-secrets-manager';
import { X509Certificate } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askForRenewal, syncIdentity } from '../../src/lambda/renewal.ts';
import { normalSerial } from '../../src/material/serial.ts';
import { type RenewerWorld, renewerWorld } from '../fixtures/renewer-world.ts';

let world: RenewerWorld;
beforeEach(async () => {
  world = await renewerWorld();
});
afterEach(() => world.stop());

const EXPORT = ['DescribeCertificate', 'DescribeSecret', 'GetRandomPassword', 'ExportCertificate', 'PutSecretValue', 'GetSecretValue', 'DescribeSecret'];

async function held(): Promise<{ readonly id: string; readonly serial: string }> {
  const { SecretString = '', VersionId = '' } = await world.clients.secretsManager.send(new GetSecretValueCommand({ SecretId: world.gateway.secretId }));
  const { Certificate } = JSON.parse(SecretString) as { Certificate: string };
  return { id: VersionId, serial: normalSerial(new X509Certificate(Certificate).serialNumber) };
}

const serialOfAcm = (): string => normalSerial(world.aws.acm.issuedOf(world.gateway.certificateArn).certificate.serialNumber);
const sync = (insist = false): ReturnType<typeof syncIdentity> => syncIdentity(world.clients, world.gateway, world.ports, insist);
const renewed = (): Promise<void> => world.aws.acm.renew(world.gateway.certificateArn);

describe('a secret is brought to what ACM has', () => {
  it('the first time by one export', async () => {
    expect(await sync()).toMatchObject({ outcome: 'stored', serial: serialOfAcm() });
    expect(world.asked()).toEqual(EXPORT);
    expect((await held()).serial).toBe(serialOfAcm());
  });

  it('by two reads when it has it already, however often it is told (promise 123)', async () => {
    await sync();
    world.asked();
    for (let again = 0; again < 3; again += 1) expect(await sync()).toMatchObject({ outcome: 'current' });
    expect(world.asked()).toEqual(['DescribeCertificate', 'DescribeSecret', 'DescribeCertificate', 'DescribeSecret', 'DescribeCertificate', 'DescribeSecret']);
  });

  it('after a renewal by one export, one put and one move, with a passphrase of its own (promises 108, 109, 114, 115)', async () => {
    await sync();
    const before = await held();
    await renewed();
    world.asked();
    expect(await sync()).toMatchObject({ outcome: 'stored' });
    expect(world.asked()).toEqual(['DescribeCertificate', 'DescribeSecret', 'GetSecretValue', ...EXPORT.slice(2), 'UpdateSecretVersionStage']);
    const after = await held();
    expect(after.serial).toBe(serialOfAcm());
    expect(after).not.toEqual(before);
  });

  it('by two at once to one version', async () => {
    await sync();
    await renewed();
    const both = await Promise.all([sync(), sync()]);
    expect(new Set(both.map(({ versionId }) => versionId)).size).toBe(1);
    expect((await held()).serial).toBe(serialOfAcm());
  });

  it.each(['PutSecretValue', 'UpdateSecretVersionStage', 'ExportCertificate'])('again after %s failed half-way; until then the old version is in force (promise 113)', async (operation) => {
    await sync();
    const before = await held();
    await renewed();
    world.faults.set(operation, { kind: 'server-error' });
    await expect(sync()).rejects.toThrow();
    expect(await held()).toEqual(before);
    world.faults.clear();
    expect((await sync()).outcome).toBe(operation === 'UpdateSecretVersionStage' ? 'finished' : 'stored');
    expect((await held()).serial).toBe(serialOfAcm());
  });

  it('and left alone when an operator has rolled it back, until he asks for it', async () => {
    await sync();
    const old = await held();
    await renewed();
    const { versionId } = await sync();
    await world.clients.secretsManager.send(new UpdateSecretVersionStageCommand({ SecretId: world.gateway.secretId, VersionStage: 'AWSCURRENT', MoveToVersionId: old.id, RemoveFromVersionId: versionId }));
    expect(await sync()).toMatchObject({ outcome: 'rolled-back' });
    expect(await held()).toEqual(old);
    expect(await sync(true)).toMatchObject({ outcome: 'finished', versionId });
  });

  it('and left alone when it holds a newer certificate of another ARN', async () => {
    await sync();
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const { arn } = await world.aws.acm.request({ domainName: 'gateway.mesh.local', authorityArn: world.authorities.gateway, algorithm: 'EC_prime256v1' });
    await syncIdentity(world.clients, { ...world.gateway, certificateArn: arn }, world.ports, true);
    expect(await sync()).toMatchObject({ outcome: 'moved' });
  });

  it('and mended when somebody has stored what cannot be opened', async () => {
    await sync();
    await renewed();
    await world.clients.secretsManager.send(new PutSecretValueCommand({ SecretId: world.gateway.secretId, SecretString: 'by hand' }));
    expect(await sync()).toMatchObject({ outcome: 'stored' });
  });
});

describe('ACM is asked to renew', () => {
  const ask = (now = new Date(), insist = false): ReturnType<typeof askForRenewal> => askForRenewal(world.clients, world.gateway.certificateArn, now, insist);
  const inDays = (days: number): Date => new Date(Date.now() + days * 86_400_000);

  it('when 45 days are left, and not before (promise 120)', async () => {
    await sync();
    world.aws.acm.renewalMs = 60_000;
    expect(await ask(inDays(349))).toBe('not-due');
    expect(world.asked()).not.toContain('RenewCertificate');
    expect(await ask(inDays(351))).toBe('asked');
  });

  it('once: while ACM is at it, it is not asked again', async () => {
    await sync();
    world.aws.acm.renewalMs = 60_000;
    expect(await ask(inDays(390))).toBe('asked');
    expect(await ask(inDays(391))).toBe('renewing');
    expect(world.asked().filter((operation) => operation === 'RenewCertificate')).toHaveLength(1);
  });

  it('not when it was imported, and it is told what helps (promise 124)', async () => {
    const { arn } = await world.aws.acm.request({ domainName: 'x.mesh.local', authorityArn: world.authorities.gateway, algorithm: 'EC_prime256v1', imported: true });
    await expect(askForRenewal(world.clients, arn, inDays(390))).rejects.toMatchObject({ message: expect.stringContaining('was imported') as string, hint: expect.stringContaining('import its successor') as string });
  });

  it('not when it is not eligible, and it is told why that may be (promise 124)', async () => {
    await expect(ask(inDays(390))).rejects.toMatchObject({ message: expect.stringContaining('not eligible') as string, hint: expect.stringContaining('acm-pca:IssueCertificate') as string });
  });

  it('whatever its age when a person insists', async () => {
    await sync();
    expect(await ask(new Date(), true)).toBe('asked');
  });
});

it('a certificate of a week is due in its last third, not all its life (promise 120)', async () => {
  const week = await renewerWorld(7 * 24);
  await syncIdentity(week.clients, week.gateway, week.ports);
  const ask = (days: number): ReturnType<typeof askForRenewal> => askForRenewal(week.clients, week.gateway.certificateArn, new Date(Date.now() + days * 86_400_000));
  expect(await ask(4)).toBe('not-due');
  expect(await ask(5)).toBe('asked');
  await week.stop();
});
