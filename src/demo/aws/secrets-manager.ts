import type { Clock } from '../../clock.ts';
import { arnOf, resourceId, secretSuffix } from './arn.ts';
import { AwsError } from './aws-error.ts';
import type { Happening } from './event-bus.ts';
import type { Input } from './input.ts';
import { getRandomPassword, type RandomInt } from './random-password.ts';
import { type Secret, SecretStore, withoutSuffix } from './secret-store.ts';
import { CURRENT, PENDING, PREVIOUS, type SecretValue, type Version } from './secret-versions.ts';
import { epochSeconds, type Operation, type Service, type Site } from './service.ts';

const NAME = { min: 1, max: 512 };
const SECRET_ID = { min: 1, max: 2048 };
const TOKEN = { min: 32, max: 64 };
const STAGE = { min: 1, max: 256 };
const VALUE = { min: 1, max: 65_536 };
const RECOVERY_DAYS = { min: 7, max: 30 };
const DAY_MS = 86_400_000;

/** Secrets Manager (API of 2017-10-17), as far as secrets with versions and labels go: no rotation, no policies, no KMS. */
export class SecretsManager implements Service {
  readonly targetPrefix = 'secretsmanager';
  readonly signingName = 'secretsmanager';
  readonly messageMember = 'Message';
  readonly resourceMembers = ['SecretId', 'Name'];
  readonly operations: Readonly<Record<string, Operation>> = {
    CreateSecret: (input) => this.#createSecret(input),
    GetSecretValue: (input) => this.#getSecretValue(input),
    PutSecretValue: (input) => this.#putSecretValue(input),
    UpdateSecretVersionStage: (input) => this.#updateSecretVersionStage(input),
    DescribeSecret: (input) => this.#describeSecret(input),
    DeleteSecret: (input) => this.#deleteSecret(input),
    GetRandomPassword: (input) => getRandomPassword(input, this.#random),
  };
  readonly #store: SecretStore;
  readonly #site: Site;
  readonly #clock: Clock;
  readonly #random: RandomInt;

  constructor(site: Site, clock: Clock, random: RandomInt, publish: (happening: Happening) => void = () => undefined) {
    this.#store = new SecretStore((secret, label, versionId) => {
      if (label !== PENDING && label !== PREVIOUS) publish(labelUpdated(secret, label, versionId));
    });
    this.#site = site;
    this.#clock = clock;
    this.#random = random;
  }

  resourceArn(input: Input): string | undefined {
    return this.#store.lookUp(input.firstText(this.resourceMembers) ?? '', this.#clock.now())?.arn;
  }

  /** What a template's `AWS::SecretsManager::Secret` leaves behind: a secret without a value, its ARN fixed if need be. */
  create(wanted: { readonly arn: string } | { readonly name: string; readonly description?: string | undefined }): Secret {
    const name = 'name' in wanted ? wanted.name : nameIn(wanted.arn);
    const arn = 'arn' in wanted ? wanted.arn : arnOf(this.#site, 'secretsmanager', `secret:${name}${secretSuffix(this.#random)}`);
    const description = 'description' in wanted ? wanted.description : undefined;
    return this.#store.add({ arn, name, description, createdAt: this.#clock.now() });
  }

  #createSecret(input: Input): object {
    const name = input.text('Name', NAME);
    const value = optionalValue(input);
    const known = this.#store.lookUp(name, this.#clock.now());
    if (known?.deletionAt) {
      throw new AwsError(
        'InvalidRequestException',
        "You can't create this secret because a secret with this name is already scheduled for deletion.",
      );
    }
    // the same request again is answered the same; a version under its token is how it is known again
    const repeated = known?.versions.byId(input.optionalText('ClientRequestToken', TOKEN) ?? '') !== undefined;
    if (known && !repeated) throw new AwsError('ResourceExistsException', `The operation failed because the secret ${name} already exists.`);
    const secret = known ?? this.create({ name, description: input.optionalText('Description') });
    return { ARN: secret.arn, Name: secret.name, ...(value && { VersionId: this.#put(secret, input, value, [CURRENT]).id }) };
  }

  #putSecretValue(input: Input): object {
    const secret = this.#usable(input);
    const value = optionalValue(input);
    if (!value) throw new AwsError('InvalidParameterException', 'You must provide either SecretString or SecretBinary.');
    const version = this.#put(secret, input, value, input.texts('VersionStages') ?? [CURRENT]);
    return { ARN: secret.arn, Name: secret.name, VersionId: version.id, VersionStages: [...version.stages] };
  }

  #put(secret: Secret, input: Input, value: SecretValue, stages: readonly string[]): Version {
    const now = this.#clock.now();
    const token = input.optionalText('ClientRequestToken', TOKEN) ?? resourceId(this.#random);
    const version = secret.versions.put(token, value, stages, now, secret.arn);
    secret.changedAt = now;
    return version;
  }

  #getSecretValue(input: Input): object {
    const secret = this.#usable(input);
    const { id, value, stages, createdAt } = findVersion(secret, input);
    return { ARN: secret.arn, Name: secret.name, VersionId: id, ...value, VersionStages: [...stages], CreatedDate: epochSeconds(createdAt) };
  }

  #updateSecretVersionStage(input: Input): object {
    const secret = this.#usable(input);
    const stage = input.text('VersionStage', STAGE);
    const to = input.optionalText('MoveToVersionId', TOKEN);
    const holder = secret.versions.byStage(stage)?.id;
    if (to !== undefined && !secret.versions.byId(to)) throw versionNotFound(`VersionId: ${to}`);
    if (holder !== undefined && holder !== to && input.optionalText('RemoveFromVersionId', TOKEN) !== holder) {
      throw new AwsError(
        'InvalidParameterException',
        `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ${holder}, so you must explicitly reference that version in RemoveFromVersionId.`,
      );
    }
    secret.versions.move(stage, to);
    secret.changedAt = this.#clock.now();
    return { ARN: secret.arn, Name: secret.name };
  }

  #describeSecret(input: Input): object {
    const secret = this.#store.find(input.text('SecretId', SECRET_ID), this.#clock.now());
    return {
      ARN: secret.arn,
      Name: secret.name,
      ...(secret.description !== undefined && { Description: secret.description }),
      CreatedDate: epochSeconds(secret.createdAt),
      LastChangedDate: epochSeconds(secret.changedAt),
      ...(secret.deletionAt && { DeletedDate: epochSeconds(secret.deletionAt) }),
      VersionIdsToStages: secret.versions.stagesById,
    };
  }

  #deleteSecret(input: Input): object {
    const secret = this.#usable(input);
    const days = input.integer('RecoveryWindowInDays', RECOVERY_DAYS.max);
    if (days < RECOVERY_DAYS.min || days > RECOVERY_DAYS.max) throw new AwsError('InvalidParameterException', `The RecoveryWindowInDays value must be between ${RECOVERY_DAYS.min} and ${RECOVERY_DAYS.max} days (inclusive).`);
    const now = this.#clock.now();
    const atOnce = input.flag('ForceDeleteWithoutRecovery', false);
    secret.deletionAt = atOnce ? now : new Date(now.getTime() + days * DAY_MS);
    if (atOnce) this.#store.remove(secret);
    return { ARN: secret.arn, Name: secret.name, DeletionDate: epochSeconds(secret.deletionAt) };
  }

  #usable(input: Input): Secret {
    return this.#store.findUsable(input.text('SecretId', SECRET_ID), this.#clock.now());
  }
}

/** By version id, by label, by both, by default the current one. */
function findVersion({ versions }: Secret, input: Input): Version {
  const id = input.optionalText('VersionId', TOKEN);
  const stage = input.optionalText('VersionStage', STAGE);
  if (id === undefined) {
    const version = versions.byStage(stage ?? CURRENT);
    if (!version) throw versionNotFound(`staging label: ${stage ?? CURRENT}`);
    return version;
  }
  const version = versions.byId(id);
  if (!version) throw versionNotFound(`VersionId: ${id}`);
  if (stage !== undefined && !version.stages.has(stage)) {
    throw new AwsError('InvalidRequestException', 'You provided a VersionStage that is not associated to the provided VersionId.');
  }
  return version;
}

function optionalValue(input: Input): SecretValue | undefined {
  const text = input.optionalText('SecretString', VALUE);
  const binary = input.optionalBlob('SecretBinary', VALUE);
  if (text !== undefined && binary !== undefined) {
    throw new AwsError('InvalidParameterException', "You can't specify both a binary secret value and a string secret value in the same secret.");
  }
  if (text !== undefined) return { SecretString: text };
  return binary && { SecretBinary: binary.toString('base64') };
}

/** *Secret Label Updated*, the one event that Secrets Manager sends without CloudTrail. */
function labelUpdated({ arn, name }: Secret, labelUpdated: string, versionId: string): Happening {
  return { source: 'aws.secretsmanager', detailType: 'Secret Label Updated', resources: [arn], detail: { name, labelUpdated, versionId } };
}

function versionNotFound(what: string): AwsError {
  return new AwsError('ResourceNotFoundException', `Secrets Manager can't find the specified secret value for ${what}`);
}

/** `arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-Ab12Cd` → `NAME`. */
function nameIn(arn: string): string {
  return withoutSuffix(arn.split(':').slice(6).join(':'));
}
