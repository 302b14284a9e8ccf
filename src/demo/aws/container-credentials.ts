import type { Clock } from '../../clock.ts';
import { resourceId, secretSuffix } from './arn.ts';
import type { RandomInt } from './random-password.ts';

/** Where the endpoint listens, below the embedded AWS's URL. */
export const CREDENTIALS_PATH = '/credentials';
/** ECS hands out credentials for six hours. */
const LIFETIME_MS = 6 * 3_600_000;

/** What ECS answers a task: temporary credentials, fresh with every call. */
export function containerCredentials(clock: Clock, random: RandomInt): object {
  return {
    AccessKeyId: `ASIA${secretSuffix(random).slice(1).toUpperCase()}EMBEDDED00`,
    SecretAccessKey: resourceId(random),
    Token: resourceId(random),
    Expiration: new Date(clock.now().getTime() + LIFETIME_MS).toISOString(),
  };
}
