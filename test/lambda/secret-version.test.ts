import { GetSecretValueCommand, UpdateSecretVersionStageCommand } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Draft, makeCurrent, readLabels, readVersion, storePending } from '../../src/lambda/secret-version.ts';
import { startAws } from '../fixtures/aws.ts';

const NAME = 'color/x';
const [A, B, C] = ['a', 'b', 'c'].map((letter) => letter.repeat(32)) as [string, string, string];
let world: Awaited<ReturnType<typeof startAws>>;
beforeEach(async () => {
  world = await startAws();
  world.aws.secretsManager.create({ name: NAME });
});
afterEach(() => world.stop());

const draft = (token: string, open: Draft['open'] = () => Promise.resolve()): Draft => ({ secretId: NAME, token, open });
const store = (token: string, document: object = { of: token }): Promise<void> => storePending(world.clients.secretsManager, draft(token), document);
const move = (token: string, open?: Draft['open']): Promise<void> => makeCurrent(world.clients.secretsManager, draft(token, open));
const current = async (): Promise<string | undefined> => (await world.clients.secretsManager.send(new GetSecretValueCommand({ SecretId: NAME }))).VersionId;

it('a version is nobody\'s until it is made current, which makes its predecessor the previous one', async () => {
  await store(A);
  await store(B);
  expect(await current()).toBe(A);
  await move(B);
  expect(await readLabels(world.clients.secretsManager, NAME)).toMatchObject({ current: B, previous: A });
});

it('what cannot be opened after it was stored is not made current', async () => {
  await store(A);
  await store(B);
  await expect(move(B, (text) => Promise.reject(new Error(text)))).rejects.toThrow(JSON.stringify({ of: B }));
  expect(await current()).toBe(A);
});

it('the same occasion stores once: what the first attempt stored stands', async () => {
  await store(A, { first: true });
  await store(A, { first: false });
  expect((await readVersion(world.clients.secretsManager, NAME)).text).toBe('{"first":true}');
});

it('making current what is current moves nothing', async () => {
  await store(A);
  await move(A);
  expect(world.aws.calls.of('UpdateSecretVersionStage')).toEqual([]);
});

it('who moves the label at the same moment is given way once', async () => {
  for (const token of [A, B, C]) await store(token);
  const open = async (): Promise<void> => {
    await world.clients.secretsManager.send(new UpdateSecretVersionStageCommand({ SecretId: NAME, VersionStage: 'AWSCURRENT', MoveToVersionId: C, RemoveFromVersionId: A }));
  };
  await move(B, open);
  expect(await current()).toBe(B);
});
