import { GetRandomPasswordCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { present } from './answer.ts';

/** What a passphrase is made of (Secrets Manager, GetRandomPassword). */
export interface PassphraseComplexity {
  /** Characters, 4 to 128: what ACM takes. */
  readonly length: number;
  /** Characters to do without, besides the `#`, `$` and `%` that ACM refuses. */
  readonly exclude?: string;
  /** At least one lower-case and one upper-case letter, one digit and one punctuation mark. */
  readonly eachType: boolean;
}

/** 64 of 91 characters: over 400 bits, and every character type for whoever checks. */
export const DEFAULT_COMPLEXITY: PassphraseComplexity = { length: 64, eachType: true };

/** A fresh one for each export: the key of another version does not open with it. */
export async function randomPassphrase(secretsManager: SecretsManagerClient, complexity: PassphraseComplexity): Promise<string> {
  const { RandomPassword } = await secretsManager.send(
    new GetRandomPasswordCommand({
      PasswordLength: complexity.length,
      ExcludeCharacters: `#$%${complexity.exclude ?? ''}`,
      RequireEachIncludedType: complexity.eachType,
    }),
  );
  return present(RandomPassword, 'RandomPassword', 'secretsmanager:GetRandomPassword');
}
