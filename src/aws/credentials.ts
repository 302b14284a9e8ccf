import type { SecretsManagerClientConfig } from '@aws-sdk/client-secrets-manager';
import type { AwsSettings } from '../config/config.ts';
import type { Environment } from '../config/environment.ts';
import type { Clock } from '../clock.ts';
import { AgentError } from '../errors.ts';
import { orAbort } from './abort.ts';
import { readFailure } from './sdk-error.ts';

type Credentials = Extract<NonNullable<SecretsManagerClientConfig['credentials']>, (...args: never) => unknown>;

/**
 * How long the container's endpoint may take: it answers from the host in milliseconds, or from a cold start in about one
 * second. No second try within: the agent looks again with jitter, and logs the failure that a silent retry would hide.
 */
const ENDPOINT_TIMEOUT_MS = 2000;

/** A profile may run a program or sign in somewhere, which takes seconds. */
const CHAIN_TIMEOUT_MS = 10_000;

/** What fromHttp says about doubtful settings would go to the console; it takes a default that is documented. */
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** The provider that `settings.credentials` names; the SDK caches what it gives until shortly before it expires. */
export function credentialsOf(settings: AwsSettings, env: Environment, clock: Clock): Credentials {
  switch (settings.credentials) {
    case 'environment':
      return () => Promise.resolve(staticCredentials(env));
    case 'container':
      return shared(limited(containerCredentials(env), ENDPOINT_TIMEOUT_MS, "the container's endpoint", clock));
    case 'chain':
      return limited(chainCredentials(), CHAIN_TIMEOUT_MS, "the SDK's default chain", clock);
  }
}

/**
 * One answer for all who ask at the same time: each client of the SDK asks for itself, and `fromHttp` closes its
 * connections after every answer, that of a question still under way included (`socket hang up`).
 */
function shared(provider: Credentials): Credentials {
  let underWay: ReturnType<Credentials> | undefined;
  return () => (underWay ??= provider().finally(() => (underWay = undefined)));
}

/**
 * Ends what takes too long: the SDK has every later request wait for the answer that is under way, and so one that never
 * comes would be waited for until the end of the process.
 */
function limited(provider: Credentials, limitMs: number, place: string, clock: Clock): Credentials {
  return async () => {
    try {
      return await orAbort(() => provider(), clock.deadline(limitMs, new Error(`no answer within ${limitMs / 1000} s`)));
    } catch (thrown) {
      const { message, cause } = readFailure(thrown);
      throw new AgentError('credentials-missing', `no AWS credentials from ${place}: ${message}`, {
        hint: 'give the task a task role; outside of ECS set AWS_CONTAINER_CREDENTIALS_FULL_URI, AWS_ACCESS_KEY_ID or AWS_PROFILE',
        cause,
      });
    }
  };
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
      // none of its own: it would only warn, on the console
      timeout: 0,
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
