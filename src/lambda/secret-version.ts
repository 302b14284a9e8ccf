import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  InvalidParameterException,
  PutSecretValueCommand,
  ResourceExistsException,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { present } from './answer.ts';

/** What the agents read, what was before it, and what nobody reads yet. */
const CURRENT = 'AWSCURRENT';
const PREVIOUS = 'AWSPREVIOUS';
const PENDING = 'AWSPENDING';

/** The labelled versions of a secret. */
export interface Labels {
  /** Version id; undefined for a secret that was made and never filled. */
  readonly current: string | undefined;
  readonly previous: string | undefined;
  has(versionId: string): boolean;
}

export async function readLabels(secretsManager: SecretsManagerClient, secretId: string): Promise<Labels> {
  const { VersionIdsToStages = {} } = await secretsManager.send(new DescribeSecretCommand({ SecretId: secretId }));
  const holder = (label: string): string | undefined => Object.entries(VersionIdsToStages).find(([, stages]) => stages.includes(label))?.[0];
  return { current: holder(CURRENT), previous: holder(PREVIOUS), has: (versionId) => Object.hasOwn(VersionIdsToStages, versionId) };
}

/** The text of a version; by default of the current one. */
export async function readVersion(secretsManager: SecretsManagerClient, secretId: string, versionId?: string): Promise<{ readonly text: string; readonly createdAt: Date }> {
  const { SecretString, CreatedDate } = await secretsManager.send(new GetSecretValueCommand({ SecretId: secretId, ...(versionId !== undefined && { VersionId: versionId }) }));
  return { text: present(SecretString, 'SecretString', secretId), createdAt: present(CreatedDate, 'CreatedDate', secretId) };
}

export interface Draft {
  readonly secretId: string;
  /** 32 to 64 characters; the version's id. The same occasion has the same token: a second attempt stores nothing twice. */
  readonly token: string;
  /** Throws what is wrong with the text. */
  readonly open: (text: string) => Promise<unknown>;
}

/**
 * Stores a document as a version that nobody reads yet. What an earlier attempt on the same occasion has stored stands: it is
 * complete, and has a passphrase of its own.
 */
export async function storePending(secretsManager: SecretsManagerClient, { secretId, token }: Draft, document: object): Promise<void> {
  try {
    await secretsManager.send(new PutSecretValueCommand({ SecretId: secretId, ClientRequestToken: token, VersionStages: [PENDING], SecretString: JSON.stringify(document) }));
  } catch (thrown) {
    if (!(thrown instanceof ResourceExistsException)) throw thrown;
  }
}

/** Reads a version back as the agents will, opens it, and only then moves AWSCURRENT to it. */
export async function makeCurrent(secretsManager: SecretsManagerClient, { secretId, token, open }: Draft): Promise<void> {
  await open((await readVersion(secretsManager, secretId, token)).text);
  try {
    await moveCurrent(secretsManager, secretId, token);
  } catch (thrown) {
    // somebody moved it between our look and our move: look again, once
    if (!(thrown instanceof InvalidParameterException)) throw thrown;
    await moveCurrent(secretsManager, secretId, token);
  }
}

async function moveCurrent(secretsManager: SecretsManagerClient, secretId: string, token: string): Promise<void> {
  const { current } = await readLabels(secretsManager, secretId);
  // the first version of a secret is current at once
  if (current === token) return;
  await secretsManager.send(
    new UpdateSecretVersionStageCommand({ SecretId: secretId, VersionStage: CURRENT, MoveToVersionId: token, ...(current !== undefined && { RemoveFromVersionId: current }) }),
  );
}
