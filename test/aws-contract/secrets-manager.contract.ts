import {
  CreateSecretCommand,
  type CreateSecretCommandInput,
  type CreateSecretCommandOutput,
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
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ACCOUNT, REGION, STAND_INS, type StandIn } from './stand-in.ts';

const NAME = 'color/identity';
const token = (digit: number): string => String(digit).repeat(32);

describe.each(Object.entries(STAND_INS))('Secrets Manager as %s plays it', (_, start) => {
  let standIn: StandIn;

  beforeEach(async () => {
    standIn = await start();
  });
  afterEach(() => standIn.stop());

  const create = (changes: Partial<CreateSecretCommandInput> = {}): Promise<CreateSecretCommandOutput> =>
    standIn.secretsManager.send(new CreateSecretCommand({ Name: NAME, SecretString: 'one', ClientRequestToken: token(1), ...changes }));
  const createEmpty = (): Promise<CreateSecretCommandOutput> => standIn.secretsManager.send(new CreateSecretCommand({ Name: NAME }));
  const put = (digit: number, changes: Partial<PutSecretValueCommandInput> = {}): Promise<PutSecretValueCommandOutput> =>
    standIn.secretsManager.send(new PutSecretValueCommand({ SecretId: NAME, SecretString: `value ${digit}`, ClientRequestToken: token(digit), ...changes }));
  const get = (changes: Partial<GetSecretValueCommandInput> = {}): Promise<GetSecretValueCommandOutput> =>
    standIn.secretsManager.send(new GetSecretValueCommand({ SecretId: NAME, ...changes }));
  const move = (VersionStage: string, ids: { MoveToVersionId?: string; RemoveFromVersionId?: string }): Promise<unknown> =>
    standIn.secretsManager.send(new UpdateSecretVersionStageCommand({ SecretId: NAME, VersionStage, ...ids }));

  /** Version id → labels, of the versions that have some. */
  async function labels(): Promise<Record<string, string[]>> {
    const { VersionIdsToStages = {} } = await standIn.secretsManager.send(new DescribeSecretCommand({ SecretId: NAME }));
    return Object.fromEntries(Object.entries(VersionIdsToStages).filter(([, stages]) => stages.length > 0));
  }

  describe('creating', () => {
    it('gives an ARN with the name and six more characters, and the token as version', async () => {
      const { ARN, Name, VersionId } = await create();
      expect({ Name, VersionId }).toEqual({ Name: NAME, VersionId: token(1) });
      expect(ARN).toMatch(new RegExp(`^arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${NAME}-[A-Za-z0-9]{6}$`));
    });

    it('answers the same request the same, and refuses another secret of that name', async () => {
      const { ARN } = await create();
      expect(await create()).toMatchObject({ ARN, VersionId: token(1) });
      const other = create({ ClientRequestToken: token(2) });
      await expect(other).rejects.toBeInstanceOf(ResourceExistsException);
      await expect(other).rejects.toThrow(`The operation failed because the secret ${NAME} already exists.`);
    });

    it('makes no version without a value', async () => {
      expect(await createEmpty()).not.toHaveProperty('VersionId');
      const read = get();
      await expect(read).rejects.toBeInstanceOf(ResourceNotFoundException);
      await expect(read).rejects.toThrow("Secrets Manager can't find the specified secret value for staging label: AWSCURRENT");
      expect(await labels()).toEqual({});
    });
  });

  describe('finding', () => {
    it('takes the name, the ARN and the ARN without its suffix, to read, to describe and to write', async () => {
      const { ARN = '' } = await create();
      for (const [index, SecretId] of [NAME, ARN, ARN.slice(0, -7)].entries()) {
        expect(await put(2 + index, { SecretId })).toMatchObject({ ARN, Name: NAME, VersionId: token(2 + index), VersionStages: ['AWSCURRENT'] });
        expect(await get({ SecretId })).toMatchObject({ ARN, Name: NAME, VersionId: token(2 + index) });
        expect(await standIn.secretsManager.send(new DescribeSecretCommand({ SecretId }))).toMatchObject({ ARN, Name: NAME });
      }
    });

    it('does not find another suffix', async () => {
      const { ARN = '' } = await create();
      await expect(get({ SecretId: ARN.replace(/.{6}$/, '000000') })).rejects.toBeInstanceOf(ResourceNotFoundException);
    });

    it('fails the same for every operation on a secret that is not there', async () => {
      const SecretId = 'nowhere';
      const calls = [
        () => get({ SecretId }),
        () => put(2, { SecretId }),
        () => standIn.secretsManager.send(new DescribeSecretCommand({ SecretId })),
        () => standIn.secretsManager.send(new DeleteSecretCommand({ SecretId })),
        () => move('AWSCURRENT', { MoveToVersionId: token(1) }),
      ];
      for (const call of calls) {
        const failure = call();
        await expect(failure).rejects.toBeInstanceOf(ResourceNotFoundException);
        await expect(failure).rejects.toThrow("Secrets Manager can't find the specified secret.");
      }
    });
  });

  describe('reading', () => {
    it('tells version, labels and date, and no binary beside a text', async () => {
      await create();
      const answer = await get();
      expect(answer).toMatchObject({ SecretString: 'one', VersionId: token(1), VersionStages: ['AWSCURRENT'] });
      expect(answer.CreatedDate).toBeInstanceOf(Date);
      // both run on this machine's clock; moto's dates are whole seconds
      expect(Math.abs((answer.CreatedDate?.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
      expect(answer).not.toHaveProperty('SecretBinary');
    });

    it('keeps every character of a text', async () => {
      const SecretString = `-----BEGIN-----\r\n\tü€𝄞 "\\/ \u0000\n${'x'.repeat(65_000)}`;
      await create({ SecretString });
      expect((await get()).SecretString).toBe(SecretString);
    });

    it('keeps every byte of a binary, and no text beside it', async () => {
      const bytes = Uint8Array.from([0, 255, 10, 13, 128]);
      await create({ SecretString: undefined, SecretBinary: bytes });
      const answer = await get();
      expect(Uint8Array.from(answer.SecretBinary ?? [])).toEqual(bytes);
      expect(answer).not.toHaveProperty('SecretString');
    });

    it('goes by version, and by version and label if they belong together', async () => {
      await create();
      await put(2);
      expect(await get({ VersionId: token(1) })).toMatchObject({ SecretString: 'one' });
      expect(await get({ VersionId: token(1), VersionStage: 'AWSPREVIOUS' })).toMatchObject({ SecretString: 'one' });
      const failure = get({ VersionId: token(1), VersionStage: 'AWSCURRENT' });
      await expect(failure).rejects.toBeInstanceOf(InvalidRequestException);
      await expect(failure).rejects.toThrow('You provided a VersionStage that is not associated to the provided VersionId.');
    });

    it('does not find labels and versions that are not there', async () => {
      await create();
      await expect(get({ VersionStage: 'AWSPENDING' })).rejects.toBeInstanceOf(ResourceNotFoundException);
      const failure = get({ VersionId: token(9) });
      await expect(failure).rejects.toBeInstanceOf(ResourceNotFoundException);
      await expect(failure).rejects.toThrow(`Secrets Manager can't find the specified secret value for VersionId: ${token(9)}`);
    });
  });

  describe('putting', () => {
    it('makes the new version current and the former one previous; the one before loses its label and stays readable', async () => {
      await create();
      await put(2);
      expect(await labels()).toEqual({ [token(1)]: ['AWSPREVIOUS'], [token(2)]: ['AWSCURRENT'] });
      await put(3);
      expect(await labels()).toEqual({ [token(2)]: ['AWSPREVIOUS'], [token(3)]: ['AWSCURRENT'] });
      expect(await get({ VersionStage: 'AWSPREVIOUS' })).toMatchObject({ SecretString: 'value 2' });
      expect(await get({ VersionId: token(1) })).toMatchObject({ SecretString: 'one', VersionStages: [] });
    });

    it('makes a version id of its own when no token comes', async () => {
      await create();
      // the SDK fills the token in by itself
      const { VersionId } = await put(2, { ClientRequestToken: undefined });
      expect(VersionId).toMatch(/^[0-9a-f-]{36}$/);
      expect(await get()).toMatchObject({ VersionId });
    });

    it('leaves the current version alone when the new one is pending', async () => {
      await create();
      expect(await put(2, { VersionStages: ['AWSPENDING'] })).toMatchObject({ VersionStages: ['AWSPENDING'] });
      expect(await get()).toMatchObject({ SecretString: 'one' });
      expect(await get({ VersionStage: 'AWSPENDING' })).toMatchObject({ SecretString: 'value 2' });
    });

    it('makes a first version current, whatever label was asked for', async () => {
      await createEmpty();
      expect((await put(1, { VersionStages: ['AWSPENDING'] })).VersionStages).toEqual(['AWSPENDING', 'AWSCURRENT']);
      expect(await get()).toMatchObject({ SecretString: 'value 1' });
    });

    it('takes the same token with the same value for the same request, and refuses it with another', async () => {
      const { ARN = '' } = await create();
      await put(2);
      await put(3);
      expect(await put(2)).toMatchObject({ VersionId: token(2), VersionStages: ['AWSPREVIOUS'] });
      const other = put(2, { SecretString: 'other' });
      await expect(other).rejects.toBeInstanceOf(ResourceExistsException);
      await expect(other).rejects.toThrow(`You can't use ClientRequestToken ${token(2)} because that value is already in use for a version of secret ${ARN}.`);
      expect(await get()).toMatchObject({ SecretString: 'value 3' });
    });
  });

  describe('moving a label', () => {
    beforeEach(async () => {
      await create();
      await put(2, { VersionStages: ['AWSPENDING'] });
    });

    it('promotes a pending version, keeps the former one as previous, and goes back', async () => {
      await move('AWSCURRENT', { MoveToVersionId: token(2), RemoveFromVersionId: token(1) });
      expect(await labels()).toEqual({ [token(1)]: ['AWSPREVIOUS'], [token(2)]: ['AWSPENDING', 'AWSCURRENT'] });
      expect(await get({ VersionStage: 'AWSCURRENT' })).toMatchObject({ SecretString: 'value 2' });
      expect(await get({ VersionStage: 'AWSPREVIOUS' })).toMatchObject({ SecretString: 'one' });
      await move('AWSCURRENT', { MoveToVersionId: token(1), RemoveFromVersionId: token(2) });
      expect(await labels()).toEqual({ [token(1)]: ['AWSCURRENT'], [token(2)]: ['AWSPENDING', 'AWSPREVIOUS'] });
      expect(await get({ VersionStage: 'AWSCURRENT' })).toMatchObject({ SecretString: 'one' });
    });

    it('wants to be told from which version the label is taken', async () => {
      const unsaid = move('AWSCURRENT', { MoveToVersionId: token(2) });
      await expect(unsaid).rejects.toBeInstanceOf(InvalidParameterException);
      await expect(unsaid).rejects.toThrow(`Staging label AWSCURRENT is currently attached to version ${token(1)}`);
      await expect(move('AWSCURRENT', { MoveToVersionId: token(2), RemoveFromVersionId: token(2) })).rejects.toBeInstanceOf(InvalidParameterException);
      expect(await get()).toMatchObject({ SecretString: 'one' });
    });

    it('puts a new label on, and takes one away', async () => {
      await move('BLUE', { MoveToVersionId: token(2) });
      expect(await get({ VersionStage: 'BLUE' })).toMatchObject({ SecretString: 'value 2' });
      await move('AWSPENDING', { RemoveFromVersionId: token(2) });
      expect(await labels()).toEqual({ [token(1)]: ['AWSCURRENT'], [token(2)]: ['BLUE'] });
    });
  });

  describe('deleting', () => {
    const remove = (changes: object): Promise<{ DeletionDate?: Date | undefined }> =>
      standIn.secretsManager.send(new DeleteSecretCommand({ SecretId: NAME, ...changes }));

    it('hides the value at once, tells when the secret will go, and cannot be done twice', async () => {
      await create();
      const { DeletionDate } = await remove({ RecoveryWindowInDays: 7 });
      expect(Math.round(((DeletionDate?.getTime() ?? 0) - Date.now()) / 3_600_000)).toBe(7 * 24);
      await expect(get()).rejects.toBeInstanceOf(InvalidRequestException);
      await expect(remove({ RecoveryWindowInDays: 7 })).rejects.toBeInstanceOf(InvalidRequestException);
      expect((await standIn.secretsManager.send(new DescribeSecretCommand({ SecretId: NAME }))).DeletedDate).toEqual(DeletionDate);
    });

    it('refuses a recovery window of less than 7 or more than 30 days', async () => {
      await create();
      for (const days of [6, 31]) await expect(remove({ RecoveryWindowInDays: days })).rejects.toBeInstanceOf(InvalidParameterException);
    });

    it('removes the secret now when forced, and frees its name', async () => {
      await create();
      await remove({ ForceDeleteWithoutRecovery: true });
      await expect(get()).rejects.toBeInstanceOf(ResourceNotFoundException);
      await create({ SecretString: 'again' });
      expect(await get()).toMatchObject({ SecretString: 'again' });
    });
  });

  describe('asking for a random password', () => {
    const ask = async (input: object): Promise<string> => (await standIn.secretsManager.send(new GetRandomPasswordCommand(input))).RandomPassword ?? '';

    it('gives 32 characters of every type', async () => {
      const password = await ask({});
      expect(password).toHaveLength(32);
      for (const type of [/[a-z]/, /[A-Z]/, /\d/, /[!-/:-@[-`{-~]/]) expect(password).toMatch(type);
      expect(await ask({})).not.toBe(password);
    });

    it('gives what the exclusions leave', async () => {
      expect(await ask({ PasswordLength: 64, ExcludePunctuation: true, ExcludeCharacters: 'abc' })).toMatch(/^[d-zA-Z0-9]{64}$/);
      expect(await ask({ PasswordLength: 64, ExcludeLowercase: true, ExcludeUppercase: true, ExcludePunctuation: true })).toMatch(/^\d{64}$/);
      expect(await ask({ PasswordLength: 4096 })).not.toContain(' ');
      expect(await ask({ PasswordLength: 4096, IncludeSpace: true })).toContain(' ');
    });

    it("gives passphrases that ACM's export takes", async () => {
      expect(await ask({ PasswordLength: 128, ExcludeCharacters: '#$%' })).toMatch(/^[!"&-~]{128}$/);
    });

    it('refuses a length that is too short for every type', async () => {
      const failure = ask({ PasswordLength: 3 });
      await expect(failure).rejects.toBeInstanceOf(InvalidParameterException);
      await expect(failure).rejects.toThrow(/password length is too short based on the required types/i);
    });
  });
});
