import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  GetSecretValueCommand,
  type GetSecretValueCommandInput,
  type GetSecretValueCommandOutput,
  InvalidParameterException,
  InvalidRequestException,
  PutSecretValueCommand,
  type PutSecretValueCommandInput,
  type PutSecretValueCommandOutput,
  ResourceExistsException,
  ResourceNotFoundException,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startAws } from '../../fixtures/aws.ts';
import { FakeClock } from '../../fixtures/fake-clock.ts';

const token = (digit: number): string => String(digit).repeat(32);
const DAY_MS = 86_400_000;

let clock: FakeClock;
let client: SecretsManagerClient;
let world: Awaited<ReturnType<typeof startAws>>;

beforeEach(async () => {
  clock = new FakeClock('2026-11-23T12:00:00Z');
  world = await startAws({ clock });
  client = world.clients.secretsManager;
});
afterEach(() => world.stop());

const create = (name = 'color/identity', value = 'one'): Promise<{ ARN?: string | undefined }> =>
  client.send(new CreateSecretCommand({ Name: name, SecretString: value, ClientRequestToken: token(1) }));
const get = (changes: Partial<GetSecretValueCommandInput> = {}): Promise<GetSecretValueCommandOutput> =>
  client.send(new GetSecretValueCommand({ SecretId: 'color/identity', ...changes }));
const put = (changes: Partial<PutSecretValueCommandInput>): Promise<PutSecretValueCommandOutput> =>
  client.send(new PutSecretValueCommand({ SecretId: 'color/identity', ...changes }));
const stages = async (): Promise<Record<string, string[]> | undefined> =>
  (await client.send(new DescribeSecretCommand({ SecretId: 'color/identity' }))).VersionIdsToStages;

describe('reading a secret', () => {
  it('finds it by name, by ARN and by ARN without its suffix', async () => {
    const { ARN = '' } = await create();
    expect(ARN).toMatch(/^arn:aws:secretsmanager:eu-central-1:123456789012:secret:color\/identity-[A-Za-z0-9]{6}$/);
    for (const SecretId of ['color/identity', ARN, ARN.slice(0, -7)]) {
      expect(await get({ SecretId })).toMatchObject({ ARN, Name: 'color/identity', SecretString: 'one', VersionStages: ['AWSCURRENT'] });
    }
  });

  it('tells version and creation date, and no binary beside a text', async () => {
    await create();
    const answer = await get();
    expect(answer.VersionId).toBe(token(1));
    expect(answer.CreatedDate).toEqual(new Date('2026-11-23T12:00:00Z'));
    expect(answer.SecretBinary).toBeUndefined();
    expect(answer.$metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('keeps a binary value byte for byte', async () => {
    const bytes = Uint8Array.from([0, 255, 10, 13, 128]);
    await client.send(new CreateSecretCommand({ Name: 'color/identity', SecretBinary: bytes }));
    const answer = await get();
    expect(Uint8Array.from(answer.SecretBinary ?? [])).toEqual(bytes);
    expect(answer.SecretString).toBeUndefined();
  });

  it('does not find what is not there', async () => {
    const failure = get({ SecretId: 'nowhere' });
    await expect(failure).rejects.toBeInstanceOf(ResourceNotFoundException);
    await expect(failure).rejects.toThrow("Secrets Manager can't find the specified secret.");
  });

  it('says which label or version is missing', async () => {
    world.aws.secretsManager.create({ name: 'color/identity' });
    await expect(get()).rejects.toThrow("Secrets Manager can't find the specified secret value for staging label: AWSCURRENT");
    await create('other');
    await expect(get({ SecretId: 'other', VersionStage: 'AWSPENDING' })).rejects.toThrow('for staging label: AWSPENDING');
    await expect(get({ SecretId: 'other', VersionId: token(9) })).rejects.toThrow(`for VersionId: ${token(9)}`);
  });

  it('refuses a label that is not on the version asked for', async () => {
    await create();
    await expect(get({ VersionId: token(1), VersionStage: 'AWSPENDING' })).rejects.toBeInstanceOf(InvalidRequestException);
    expect(await get({ VersionId: token(1), VersionStage: 'AWSCURRENT' })).toMatchObject({ SecretString: 'one' });
  });
});

describe('creating a secret', () => {
  it('answers the same request the same, and refuses another secret of that name', async () => {
    const { ARN } = await create();
    expect((await create()).ARN).toBe(ARN);
    const other = client.send(new CreateSecretCommand({ Name: 'color/identity', SecretString: 'one', ClientRequestToken: token(2) }));
    await expect(other).rejects.toBeInstanceOf(ResourceExistsException);
    await expect(other).rejects.toThrow('The operation failed because the secret color/identity already exists.');
  });

  it('can be done in process under a fixed ARN, and holds no value then', async () => {
    const arn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:color/gateway-identity-AbCd12';
    expect(world.aws.secretsManager.create({ arn }).name).toBe('color/gateway-identity');
    await put({ SecretId: arn, SecretString: 'one' });
    expect(await get({ SecretId: 'color/gateway-identity' })).toMatchObject({ ARN: arn, SecretString: 'one' });
  });
});

describe('putting a value', () => {
  it('makes the new version current and the former one previous', async () => {
    await create();
    const answer = await put({ SecretString: 'two', ClientRequestToken: token(2) });
    expect(answer).toMatchObject({ Name: 'color/identity', VersionId: token(2), VersionStages: ['AWSCURRENT'] });
    expect(await get()).toMatchObject({ SecretString: 'two', VersionId: token(2) });
    expect(await get({ VersionStage: 'AWSPREVIOUS' })).toMatchObject({ SecretString: 'one', VersionId: token(1) });
    await put({ SecretString: 'three', ClientRequestToken: token(3) });
    expect(await stages()).toEqual({ [token(2)]: ['AWSPREVIOUS'], [token(3)]: ['AWSCURRENT'] });
    expect(await get({ VersionId: token(1) })).toMatchObject({ SecretString: 'one' });
  });

  it('leaves the current version alone when the new one is pending', async () => {
    await create();
    await put({ SecretString: 'two', ClientRequestToken: token(2), VersionStages: ['AWSPENDING'] });
    expect(await get()).toMatchObject({ SecretString: 'one' });
    expect(await get({ VersionStage: 'AWSPENDING' })).toMatchObject({ SecretString: 'two' });
  });

  it('makes a first version current, whatever label was asked for', async () => {
    world.aws.secretsManager.create({ name: 'color/identity' });
    await put({ SecretString: 'one', VersionStages: ['AWSPENDING'] });
    expect(await get()).toMatchObject({ SecretString: 'one' });
  });

  it('takes the same token with the same value for the same request', async () => {
    await create();
    const once = await put({ SecretString: 'two', ClientRequestToken: token(2) });
    await put({ SecretString: 'three', ClientRequestToken: token(3) });
    const again = await put({ SecretString: 'two', ClientRequestToken: token(2) });
    expect(again.VersionId).toBe(once.VersionId);
    expect(await get()).toMatchObject({ SecretString: 'three' });
  });

  it('refuses the same token with another value', async () => {
    const { ARN } = await create();
    await put({ SecretString: 'two', ClientRequestToken: token(2) });
    const failure = put({ SecretString: 'other', ClientRequestToken: token(2) });
    await expect(failure).rejects.toBeInstanceOf(ResourceExistsException);
    await expect(failure).rejects.toThrow(
      `You can't use ClientRequestToken ${token(2)} because that value is already in use for a version of secret ${ARN ?? ''}.`,
    );
    expect(await get()).toMatchObject({ SecretString: 'two' });
  });

  it('takes 65,536 bytes and not one more, counted as bytes', async () => {
    await create();
    await put({ SecretString: 'x'.repeat(65_536) });
    const message =
      "1 validation error detected: Value at 'secretString' failed to satisfy constraint: Member must have length less than or equal to 65536";
    const refusal = { name: 'ValidationException', message, $fault: 'client' };
    await expect(put({ SecretString: 'x'.repeat(65_537) })).rejects.toMatchObject(refusal);
    await expect(put({ SecretString: 'ü'.repeat(32_769) })).rejects.toMatchObject(refusal);
    await expect(put({ SecretBinary: new Uint8Array(65_537) })).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('wants a value, and one only', async () => {
    await create();
    await expect(put({})).rejects.toBeInstanceOf(InvalidParameterException);
    await expect(put({ SecretString: 'a', SecretBinary: Buffer.from('b') })).rejects.toBeInstanceOf(InvalidParameterException);
  });

  it('refuses a token that is too short to be a version id', async () => {
    await create();
    await expect(put({ SecretString: 'two', ClientRequestToken: 'short' })).rejects.toThrow('greater than or equal to 32');
  });
});

describe('moving a label', () => {
  const move = (changes: { VersionStage?: string; MoveToVersionId?: string; RemoveFromVersionId?: string }): Promise<unknown> =>
    client.send(new UpdateSecretVersionStageCommand({ SecretId: 'color/identity', VersionStage: 'AWSCURRENT', ...changes }));

  beforeEach(async () => {
    await create();
    await put({ SecretString: 'two', ClientRequestToken: token(2), VersionStages: ['AWSPENDING'] });
  });

  it('promotes a pending version and keeps the former one as previous', async () => {
    await move({ MoveToVersionId: token(2), RemoveFromVersionId: token(1) });
    expect(await stages()).toEqual({ [token(1)]: ['AWSPREVIOUS'], [token(2)]: ['AWSPENDING', 'AWSCURRENT'] });
    expect(await get()).toMatchObject({ SecretString: 'two' });
  });

  it('wants to be told from which version the label is taken', async () => {
    await expect(move({ MoveToVersionId: token(2) })).rejects.toThrow(
      `Staging label AWSCURRENT is currently attached to version ${token(1)}, so you must explicitly reference that version`,
    );
    await expect(move({ MoveToVersionId: token(2), RemoveFromVersionId: token(2) })).rejects.toBeInstanceOf(InvalidParameterException);
  });

  it('can take a label away altogether, and does not know versions that are not there', async () => {
    await move({ VersionStage: 'AWSPENDING', RemoveFromVersionId: token(2) });
    expect(await stages()).toEqual({ [token(1)]: ['AWSCURRENT'] });
    await expect(move({ MoveToVersionId: token(9), RemoveFromVersionId: token(1) })).rejects.toBeInstanceOf(ResourceNotFoundException);
  });
});

describe('deleting a secret', () => {
  const remove = (changes: object = {}): Promise<{ DeletionDate?: Date | undefined }> =>
    client.send(new DeleteSecretCommand({ SecretId: 'color/identity', ...changes }));

  it('hides the value at once and removes the secret when the recovery window has passed', async () => {
    await create();
    expect((await remove({ RecoveryWindowInDays: 7 })).DeletionDate).toEqual(new Date('2026-11-30T12:00:00Z'));
    await expect(get()).rejects.toBeInstanceOf(InvalidRequestException);
    await expect(get()).rejects.toThrow("You can't perform this operation on the secret because it was marked for deletion.");
    await expect(create()).rejects.toThrow('already scheduled for deletion');
    const described = await client.send(new DescribeSecretCommand({ SecretId: 'color/identity' }));
    expect(described.DeletedDate).toEqual(new Date('2026-11-30T12:00:00Z'));
    await clock.advance(7 * DAY_MS);
    await expect(get()).rejects.toBeInstanceOf(ResourceNotFoundException);
  });

  it('removes the secret now when forced', async () => {
    await create();
    await remove({ ForceDeleteWithoutRecovery: true });
    await expect(get()).rejects.toBeInstanceOf(ResourceNotFoundException);
    await create();
    expect(await get()).toMatchObject({ SecretString: 'one' });
  });
});

describe('describing a secret', () => {
  it('tells when it was made and changed, and never the value', async () => {
    await create();
    await clock.advance(60_000);
    await put({ SecretString: 'two', ClientRequestToken: token(2) });
    const answer = await client.send(new DescribeSecretCommand({ SecretId: 'color/identity' }));
    expect(answer.CreatedDate).toEqual(new Date('2026-11-23T12:00:00Z'));
    expect(answer.LastChangedDate).toEqual(new Date('2026-11-23T12:01:00Z'));
    expect(JSON.stringify(answer)).not.toMatch(/"(one|two)"/);
  });
});

describe('asking for a random password', () => {
  it('gives 32 characters, and what the exclusions leave', async () => {
    const ask = async (input: object): Promise<string> => (await client.send(new GetRandomPasswordCommand(input))).RandomPassword ?? '';
    expect(await ask({})).toHaveLength(32);
    expect(await ask({ PasswordLength: 64, ExcludePunctuation: true, ExcludeCharacters: 'abc' })).toMatch(/^[d-zA-Z0-9]{64}$/);
    await expect(ask({ PasswordLength: 4097 })).rejects.toMatchObject({ name: 'ValidationException' });
  });
});
