import type { SecretsManagerClientConfig } from '@aws-sdk/client-secrets-manager';
import type { AwsSettings } from '../config/config.ts';
import type { Environment } from '../config/environment.ts';

type Credentials = Extract<NonNullable<SecretsManagerClientConfig['credentials']>, (...args: never) => unknown>;

/**
 * How long the container's endpoint may take: it answers from the host in milliseconds, or from a cold start in about one
 * second. No second try within: the agent looks again with jitter, and logs the failure that a silent retry would hide.
 */
const ENDPOINT_TIMEOUT_MS = 2000;

/** What fromHttp says about doubtful settings would go to the console; it takes a default that is documented. */
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** The provider that `settings.credentials` names; the SDK caches what it gives until shortly before it expires. */
export function credentialsOf(settings: AwsSettings, env: Environment): Credentials {
  switch (settings.credentials) {
    case 'environment':
      return () => Promise.resolve(staticCredentials(env));
    case 'container':
      return containerCredentials(env);
    case 'chain':
      return chainCredentials();
  }
}

function staticCredentials(env: Environment): Awaited<ReturnType<Credentials>> {
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '', AWS_SESSION_TOKEN: sessionToken } = env;
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}

/** Task roles of ECS, pod identity of EKS. Built at the first call: fromHttp throws at once when it dislikes the address. */
function containerCredentials(env: Environment): Credentials {
  let provider: Credentials | undefined;
  return async () => {
    const { fromHttp } = await import('./secrets-manager.ts');
    // an empty string keeps fromHttp from reading the process's environment behind our back
    provider ??= fromHttp({
      awsContainerCredentialsRelativeUri: env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI ?? '',
      awsContainerCredentialsFullUri: env.AWS_CONTAINER_CREDENTIALS_FULL_URI ?? '',
      awsContainerAuthorizationToken: env.AWS_CONTAINER_AUTHORIZATION_TOKEN ?? '',
      awsContainerAuthorizationTokenFile: env.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE ?? '',
      timeout: ENDPOINT_TIMEOUT_MS,
      maxRetries: 0,
      logger: SILENT,
    });
    return provider();
  };
}

function chainCredentials(): Credentials {
  let provider: Credentials | undefined;
  return async () => {
    provider ??= (await import('./default-chain.ts')).defaultProvider();
    return provider();
  };
}

function nothing(): void {
  // deliberately silent
}
