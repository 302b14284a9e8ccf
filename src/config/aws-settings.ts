import type { AwsSettings } from './config.ts';
import type { Environment } from './environment.ts';

const SERVICES = { secretsManager: 'SECRETS_MANAGER', acmPca: 'ACM_PCA', acm: 'ACM', sqs: 'SQS' } as const;

/** The SDK's own variables that our lean clients are told about, read the way the SDK reads them. */
export function readAwsSettings(env: Environment, allowPlainHttp: boolean): AwsSettings {
  const endpoint = (service: string): string | undefined =>
    env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS === 'true' ? undefined : env[`AWS_ENDPOINT_URL_${service}`] ?? env.AWS_ENDPOINT_URL;
  return {
    region: env.AWS_REGION,
    endpoints: {
      secretsManager: endpoint(SERVICES.secretsManager),
      acmPca: endpoint(SERVICES.acmPca),
      acm: endpoint(SERVICES.acm),
      sqs: endpoint(SERVICES.sqs),
    },
    credentials: credentialsFrom(env),
    allowPlainHttp,
  };
}

/** The SDK's order: a profile or a web identity is for the full chain, then keys in the environment, then the container's endpoint. */
function credentialsFrom(env: Environment): AwsSettings['credentials'] {
  if (env.AWS_PROFILE !== undefined) return 'chain';
  if (env.AWS_ACCESS_KEY_ID !== undefined && env.AWS_SECRET_ACCESS_KEY !== undefined) return 'environment';
  if (env.AWS_WEB_IDENTITY_TOKEN_FILE !== undefined) return 'chain';
  if (env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI !== undefined || env.AWS_CONTAINER_CREDENTIALS_FULL_URI !== undefined) return 'container';
  return 'chain';
}
