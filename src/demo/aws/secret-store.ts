import { AwsError } from './aws-error.ts';
import { SecretVersions } from './secret-versions.ts';

export interface Secret {
  readonly arn: string;
  readonly name: string;
  readonly description: string | undefined;
  readonly createdAt: Date;
  readonly versions: SecretVersions;
  changedAt: Date;
  /** When it goes for good; until then it cannot be read. */
  deletionAt: Date | undefined;
}

/** All secrets of an account in a region, found the three ways Secrets Manager allows: name, ARN, ARN without its suffix. */
export class SecretStore {
  readonly #secrets = new Map<string, Secret>();
  readonly #labelled: (secret: Secret, label: string, versionId: string) => void;

  /** `labelled` is told of every label that a version gets. */
  constructor(labelled: (secret: Secret, label: string, versionId: string) => void = () => undefined) {
    this.#labelled = labelled;
  }

  add(secret: Pick<Secret, 'arn' | 'name' | 'description' | 'createdAt'>): Secret {
    const added: Secret = { ...secret, changedAt: secret.createdAt, deletionAt: undefined, versions: new SecretVersions((label, versionId) => this.#labelled(added, label, versionId)) };
    this.#secrets.set(secret.name, added);
    return added;
  }

  /** Any state, even scheduled for deletion. Gone: `undefined`. */
  lookUp(id: string, now: Date): Secret | undefined {
    const secret = this.#secrets.get(id) ?? [...this.#secrets.values()].find(({ arn }) => arn === id || withoutSuffix(arn) === id);
    return secret?.deletionAt && secret.deletionAt <= now ? undefined : secret;
  }

  find(id: string, now: Date): Secret {
    const secret = this.lookUp(id, now);
    if (!secret) throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    return secret;
  }

  /** One that is not scheduled for deletion. */
  findUsable(id: string, now: Date): Secret {
    const secret = this.find(id, now);
    if (secret.deletionAt) {
      throw new AwsError('InvalidRequestException', "You can't perform this operation on the secret because it was marked for deletion.");
    }
    return secret;
  }

  remove(secret: Secret): void {
    this.#secrets.delete(secret.name);
  }
}

/** An ARN, or the resource part of one, without the hyphen and six characters at its end. */
export function withoutSuffix(arn: string): string {
  return arn.replace(/-[A-Za-z0-9]{6}$/, '');
}
