import { connect } from 'node:tls';
import { DescribeSecretCommand, PutSecretValueCommand, UpdateSecretVersionStageCommand } from '@aws-sdk/client-secrets-manager';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { type Load, startLoad } from '../../src/demo/load.ts';
import { normalSerial } from '../../src/material/serial.ts';
import { markdown, median } from '../bench/table.ts';
import { revocationList } from '../fixtures/revocation.ts';
import { CERTIFICATES, type DrillWorld, GATEWAY_CA, SECRET_ARNS, startDrillWorld } from './world.ts';

/** `npm run drill:renewal` plays all; the gate a short form. */
const RENEWALS = process.env['MTLS_DRILL'] === 'short' ? 3 : 50;
const CHANGES = ['RenewCertificate', 'ExportCertificate', 'PutSecretValue', 'UpdateSecretVersionStage'] as const;

type Side = 'teller' | 'gateway';

let world: DrillWorld;
let load: Load;
const rows: string[][] = [];

/** What ACM has under the ARN. */
const serialOf = (certificateArn: string): string => normalSerial(world.aws.acm.issuedOf(certificateArn).certificate.serialNumber);

/** What ColorTeller presents to whoever connects. */
function servedSerial(): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: world.services.teller.port, rejectUnauthorized: false }, () => {
      resolve(normalSerial(socket.getPeerCertificate().serialNumber));
      socket.destroy();
    }).once('error', reject);
  });
}

/** What ColorGateway's Envoy is proven to use, and, as soon as it has connected anew, ColorTeller's Envoy sees. */
async function heldSerial(side: Side): Promise<string | undefined> {
  const { secrets } = await world.services[side].agent().status();
  return secrets.find(({ kind, stage }) => kind === 'identity' && stage === 'proven')?.certificates[0]?.serial;
}

async function onTheWire(serials: Readonly<Record<Side, string>>): Promise<void> {
  await expect.poll(() => heldSerial('gateway'), { timeout: 15_000, interval: 20 }).toBe(serials.gateway);
  await expect.poll(servedSerial, { timeout: 15_000, interval: 20 }).toBe(serials.teller);
}

const current = (): Readonly<Record<Side, string>> => ({ teller: serialOf(CERTIFICATES.teller), gateway: serialOf(CERTIFICATES.gateway) });

/** A step of the year: what happens, and what must be true afterwards. */
async function step(what: string, happens: () => Promise<void>, serials: () => Readonly<Record<Side, string>> = current, limits: Partial<Record<(typeof CHANGES)[number], number>> = {}): Promise<void> {
  const before = world.aws.calls.all.length;
  const requests = count(load);
  const begun = performance.now();
  await happens();
  await onTheWire(serials());
  const tookMs = performance.now() - begun;
  const calls = world.aws.calls.all.slice(before);
  const changes = CHANGES.map((operation) => calls.filter((call) => call.operation === operation).length);
  CHANGES.forEach((operation, index) => expect(changes[index], `${what}: ${operation}`).toBeLessThanOrEqual(limits[operation] ?? 1));
  // some requests after the change, too
  await expect.poll(() => count(load), { timeout: 5_000 }).toBeGreaterThan(requests + 20);
  expect([...load.outcomes.keys()], what).toEqual(['200']);
  const log = world.lines.join('\n') + world.services.teller.output() + world.services.gateway.output();
  for (const secret of await world.secrets()) expect(log.includes(secret), `${what}: a secret stands in a log`).toBe(false);
  const { teller, gateway } = serials();
  rows.push([what, teller.slice(0, 8), gateway.slice(0, 8), `${tookMs.toFixed(0)} ms`, changes.join(' '), String(count(load))]);
  process.stderr.write(`… ${what}: ${teller.slice(0, 8)} and ${gateway.slice(0, 8)} on the wire after ${tookMs.toFixed(0)} ms, ${count(load)} requests, 0 failed\n`);
}

function count({ outcomes }: Load): number {
  return [...outcomes.values()].reduce((sum, one) => sum + one, 0);
}

async function versionsOf(SecretId: string): Promise<Readonly<Record<string, string>>> {
  const { VersionIdsToStages = {} } = await world.administrator.send(new DescribeSecretCommand({ SecretId }));
  return Object.fromEntries(Object.entries(VersionIdsToStages).flatMap(([id, stages]) => stages.map((stage) => [stage, id])));
}

const SWEEP = { source: 'aws.events', 'detail-type': 'Scheduled Event', resources: [], detail: {} };
const until = (what: () => boolean): Promise<void> => expect.poll(what, { timeout: 15_000, interval: 20 }).toBe(true);

test('a year of renewals, with everything that goes wrong in one', { timeout: 900_000 }, async () => {
  world = await startDrillWorld();
  load = startLoad(world.services.gateway.port, systemClock);
  try {
    await manyRenewals(await year());
  } finally {
    await load.stop();
    await world.close();
  }
  expect([...load.outcomes.keys()]).toEqual(['200']);
  process.stdout.write(`\n${markdown(['step', 'teller', 'gateway', 'to the wire', 'renew, export, put, move', 'requests so far'], rows)}\n`);
});

/** Resolves to the ARN that ColorGateway's certificate has in the end. */
async function year(): Promise<string> {
  await step('issued, exported, both Envoys up under load', () => Promise.resolve());

  await step('ACM renews by itself, the event is lost, the sweep finds it', async () => {
    world.rules = false;
    await world.aws.acm.renew(CERTIFICATES.gateway);
    await systemClock.sleep(1_500);
    expect(await heldSerial('gateway')).not.toBe(serialOf(CERTIFICATES.gateway));
    await world.invoke(SWEEP);
    world.rules = true;
  });

  await step('ACM tells of the end, is asked, and tells when it has renewed', async () => {
    // at its last tenth it is due by any rule
    const now = serialOf(CERTIFICATES.teller);
    await world.invoke({ renew: CERTIFICATES.teller });
    await until(() => serialOf(CERTIFICATES.teller) !== now);
  });

  await step('an export fails half-way, and is finished when Lambda tries again', async () => {
    world.faults.set('UpdateSecretVersionStage', { kind: 'server-error' });
    world.rules = false;
    await world.aws.acm.renew(CERTIFICATES.gateway);
    await expect(world.invoke(SWEEP)).rejects.toThrow();
    expect(world.reports.at(-1)?.failed).toEqual([]);
    world.faults.clear();
    world.rules = true;
    await world.invoke(SWEEP);
  }, current, { UpdateSecretVersionStage: 4 });

  await step('every event three times at once', async () => {
    world.triple = true;
    await world.aws.acm.renew(CERTIFICATES.gateway);
    await onTheWire(current());
    world.triple = false;
    const versions = await versionsOf(SECRET_ARNS.gateway);
    expect(versions['AWSCURRENT']).not.toBe(versions['AWSPREVIOUS']);
  });

  const successor = (await world.aws.privateCa.create({ subject: 'CN=ColorGateway CA 2' })).arn;
  // which of two certificates is newer is told by their dates, whole seconds
  await systemClock.sleep(1_100);
  const moved = await world.request({ authorityArn: successor });
  world.announce(moved);
  const trust = { trustSecretId: SECRET_ARNS.gatewayTrust, holdMinutes: 0 };
  const trusted = async (): Promise<number> => (await world.services.teller.agent().status()).secrets.find(({ kind, stage }) => kind === 'trust' && stage === 'proven')?.certificates.length ?? 0;
  const movedSerials = (): Readonly<Record<Side, string>> => ({ teller: serialOf(CERTIFICATES.teller), gateway: serialOf(moved) });
  await step('a CA is succeeded: the new anchor beside the old', async () => {
    await world.invoke({ step: 'add-anchor', ...trust, authorityArn: successor });
    await expect.poll(trusted, { timeout: 15_000 }).toBe(2);
  });
  await step('… the leaf moves to the new CA', async () => {
    const { failed } = await world.invoke({ step: 'move-leaf', ...trust, secretId: SECRET_ARNS.gateway, certificateArn: moved });
    expect(failed).toEqual([]);
  }, movedSerials);
  await step('… the sweep leaves the moved leaf alone', async () => {
    expect((await world.invoke(SWEEP)).done).toContainEqual(expect.objectContaining({ outcome: 'moved' }));
  }, movedSerials);
  await step('… and the old anchor is removed', async () => {
    // connections of the old leaf end by themselves within 15 minutes; here nobody waits for that
    const { failed } = await world.invoke({ step: 'remove-anchor', ...trust, authorityArn: GATEWAY_CA, identitySecretIds: [SECRET_ARNS.gateway] });
    expect(failed).toEqual([]);
    await expect.poll(trusted, { timeout: 15_000 }).toBe(1);
  }, movedSerials);

  await step('a leaf is revoked and replaced at once', async () => {
    const revoked = serialOf(moved);
    await world.aws.acm.renew(moved);
    await world.invoke({ step: 'move-leaf', ...trust, secretId: SECRET_ARNS.gateway, certificateArn: moved });
    await onTheWire(movedSerials());
    const authority = world.aws.privateCa.authority(successor);
    const list = await revocationList(authority, { revoked: [revoked], thisUpdate: new Date(Date.now() - 60_000), nextUpdate: new Date(Date.now() + 3_600_000) });
    await world.administrator.send(new PutSecretValueCommand({ SecretId: SECRET_ARNS.gatewayTrust, SecretString: JSON.stringify({ TrustBundle: authority.certificatePem + list }) }));
    const listed = async (): Promise<unknown> => (await world.services.teller.agent().status()).secrets.find(({ kind }) => kind === 'trust');
    await expect.poll(listed, { timeout: 15_000 }).toMatchObject({ revocation: [{ revoked: 1 }] });
  }, movedSerials, { PutSecretValue: 2 });

  await step('the renewer is denied: the alarm is raised, the old version stays; then it is cleared', async () => {
    const before = movedSerials();
    world.denied.push({ Effect: 'Deny', Action: 'acm:ExportCertificate', Resource: '*' });
    world.rules = false;
    await world.aws.acm.renew(CERTIFICATES.teller);
    const { failed } = await world.invoke(SWEEP);
    expect(failed).toMatchObject([{ code: 'access-denied', message: expect.stringContaining('explicit deny') as string }]);
    expect(world.lines.some((line) => line.includes('"level":"error"') && line.includes('"permanent":true'))).toBe(true);
    expect(await servedSerial()).toBe(before.teller);
    world.denied.length = 0;
    world.rules = true;
    expect((await world.invoke(SWEEP)).failed).toEqual([]);
  }, movedSerials, { ExportCertificate: 2 });

  let old = '';
  await step('a secret is rolled back by hand, and stays so', async () => {
    const { AWSCURRENT = '', AWSPREVIOUS = '' } = await versionsOf(SECRET_ARNS.teller);
    await world.administrator.send(new UpdateSecretVersionStageCommand({ SecretId: SECRET_ARNS.teller, VersionStage: 'AWSCURRENT', MoveToVersionId: AWSPREVIOUS, RemoveFromVersionId: AWSCURRENT }));
    await expect.poll(servedSerial, { timeout: 15_000 }).not.toBe(serialOf(CERTIFICATES.teller));
    old = await servedSerial();
    expect((await world.invoke(SWEEP)).done).toContainEqual(expect.objectContaining({ outcome: 'rolled-back' }));
  }, () => ({ teller: old, gateway: serialOf(moved) }));
  await step('… until an operator asks for the newer one', async () => {
    await world.invoke({ export: CERTIFICATES.teller });
  }, movedSerials);

  const tasks = { teller: world.services.teller.agent().pid, gateway: world.services.gateway.agent().pid };
  await step('renewal by rolling deployment: server before client, old tasks drained', async () => {
    world.settings.rolling = true;
    await world.aws.acm.renew(CERTIFICATES.teller);
    await until(() => world.services.teller.agent().pid !== tasks.teller && world.services.gateway.agent().pid !== tasks.gateway);
    await until(() => world.reports.some(({ done }) => done.some(({ rollout }) => rollout === 'done')));
    expect(world.aws.calls.of('UpdateService').map(({ resource }) => resource)).toEqual(['colorteller', 'colorgateway']);
    world.settings.rolling = false;
  }, movedSerials);

  world.adopt(moved);
  return moved;
}

/** Event → new serial on the wire, over many renewals; and what each has cost. */
async function manyRenewals(gatewayArn: string): Promise<void> {
  const times: number[] = [];
  const calls: number[][] = [];
  const OPERATIONS = ['DescribeCertificate', 'DescribeSecret', 'GetSecretValue', 'GetRandomPassword', ...CHANGES.slice(1)];
  for (let round = 0; round < RENEWALS; round += 1) {
    const side: Side = round % 2 === 0 ? 'teller' : 'gateway';
    const certificateArn = side === 'teller' ? CERTIFICATES.teller : gatewayArn;
    const seen = world.reports.length;
    const told = { at: 0 };
    const forget = world.aws.events.rule({ 'detail-type': ['ACM Certificate Available'] }, () => (told.at = performance.now()));
    const before = world.aws.calls.all.length;
    await world.aws.acm.renew(certificateArn);
    const serial = serialOf(certificateArn);
    await until(() => world.reports.length > seen);
    // of this secret; its reader asks, too
    const made = world.aws.calls.all.slice(before).filter(({ resource }) => resource === undefined || resource === certificateArn || resource === SECRET_ARNS[side]);
    await expect.poll(side === 'teller' ? servedSerial : () => heldSerial('gateway'), { timeout: 15_000, interval: 5 }).toBe(serial);
    times.push(performance.now() - told.at);
    calls.push(OPERATIONS.map((operation) => made.filter((call) => call.operation === operation).length));
    forget();
    // notices that come faster than one a second are a flood to the agents, which look once a second then
    await systemClock.sleep(1_100);
  }
  const sorted = times.toSorted((a, b) => a - b);
  const p99 = sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * 0.99) - 1)] ?? 0;
  for (const [index, operation] of OPERATIONS.entries()) if (index >= 4) expect(Math.max(...calls.map((row) => row[index] ?? 0)), operation).toBeLessThanOrEqual(1);
  const perRenewal = OPERATIONS.map((operation, index) => [operation, String(median(calls.map((row) => row[index] ?? 0)))]);
  process.stdout.write(`\nevent → new serial on the wire, agents with MTLS_NOTICES, ${RENEWALS} renewals: p50 ${median(times).toFixed(0)} ms, p99 ${p99.toFixed(0)} ms\n\n${markdown(['call', 'per renewal (median; reads of agents included)'], perRenewal)}\n`);
}
