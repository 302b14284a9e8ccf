import { credentialsOf } from '../aws/credentials.ts';
import type { Clock } from '../clock.ts';
import type { AwsSettings } from '../config/config.ts';
import { type Finding, failed, ok } from './finding.ts';

const PLACES: Readonly<Record<AwsSettings['credentials'], string>> = {
  environment: 'keys in the environment',
  container: "the container's credentials endpoint",
  chain: "the SDK's default chain",
};

/** Who the agent is to AWS, as far as that can be told without a further permission: the key ID says which role it was made for. */
export async function checkCredentials(settings: AwsSettings, env: Readonly<Record<string, string | undefined>>, clock: Clock): Promise<Finding> {
  try {
    const { accessKeyId, expiration } = await credentialsOf(settings, env, clock)();
    const until = expiration === undefined ? '' : `, until ${expiration.toISOString()}`;
    return ok('credentials', `access key ID ${accessKeyId} from ${PLACES[settings.credentials]}${until}`);
  } catch (thrown) {
    return failed('credentials', thrown);
  }
}
