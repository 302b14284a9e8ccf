import type { Clock } from '../clock.ts';
import type { AwsSettings } from '../config/config.ts';
import type { Environment } from '../config/environment.ts';
import { AgentError } from '../errors.ts';
import type { ACMPCAClient } from './acm-pca.ts';
import { credentialsOf } from './credentials.ts';
import { withMiddleware } from './middleware.ts';
import type { SecretsManagerClient } from './secrets-manager.ts';
import type { SQSClient } from './sqs.ts';

/** The SDK's clients, one per service and region, kept for as long as the agent lives: they hold connection, credentials and clock offset. */
export interface Aws {
  /** `named`: that of an ARN; without it AWS_REGION. Throws `config-invalid` if there is neither. */
  region(named: string | undefined): string;
  secretsManager(region: string): Promise<SecretsManagerClient>;
  acmPca(region: string): Promise<ACMPCAClient>;
  /** `followUrl`: requests go to the host of the queue's URL, wherever the SDK would find the service. */
  sqs(region: string, followUrl: boolean): Promise<SQSClient>;
  /** Closes idle connections. */
  destroy(): void;
}

/**
 * Two attempts: the second is for what it mends within 100 ms, a connection that was closed while idle, one 5xx, a clock
 * offset that the SDK has just learned. Every further attempt is the agent's own, with its jitter, log line and deadline:
 * the SDK's usual three would multiply with them.
 */
const MAX_ATTEMPTS = 2;

const HANDLER = {
  // a handshake within a region takes some 10 ms; a packet that was lost is sent again after 1 s
  connectionTimeout: 2000,
  // GetSecretValue answers within 100 ms, with a cold KMS key within a second
  requestTimeout: 5000,
  throwOnRequestTimeout: true,
  httpAgent: { keepAlive: true },
  // said here, because node's --tls-min-v1.0 would lower it
  httpsAgent: { keepAlive: true, minVersion: 'TLSv1.2' },
} as const;

/** ReceiveMessage answers after 20 s at the latest when nothing comes. */
const LONG_POLL_TIMEOUT_MS = 25_000;

export function createAws(settings: AwsSettings, env: Environment, clock: Clock): Aws {
  const credentials = credentialsOf(settings, env, clock);
  const common = (region: string, endpoint: string | undefined) => ({
    region,
    credentials,
    maxAttempts: MAX_ATTEMPTS,
    requestHandler: HANDLER,
    ...(endpoint === undefined ? {} : { endpoint }),
  });
  const secretsManagers = new Map<string, SecretsManagerClient>();
  const acmPcas = new Map<string, ACMPCAClient>();
  const queues = new Map<string, SQSClient>();
  return {
    region(named = settings.region) {
      if (named === undefined) throw regionMissing();
      return named;
    },
    async secretsManager(region) {
      const { SecretsManagerClient } = await import('./secrets-manager.ts');
      return getOrMake(secretsManagers, region, () => withMiddleware(new SecretsManagerClient(common(region, settings.endpoints.secretsManager)), settings));
    },
    async acmPca(region) {
      const { ACMPCAClient } = await import('./acm-pca.ts');
      return getOrMake(acmPcas, region, () => withMiddleware(new ACMPCAClient(common(region, settings.endpoints.acmPca)), settings));
    },
    async sqs(region, followUrl) {
      const { SQSClient } = await import('./sqs.ts');
      const patient = { ...common(region, followUrl ? undefined : settings.endpoints.sqs), requestHandler: { ...HANDLER, requestTimeout: LONG_POLL_TIMEOUT_MS } };
      return getOrMake(queues, `${region} ${followUrl}`, () => withMiddleware(new SQSClient({ ...patient, useQueueUrlAsEndpoint: followUrl }), settings));
    },
    destroy() {
      for (const client of [...secretsManagers.values(), ...acmPcas.values(), ...queues.values()]) client.destroy();
    },
  };
}

function getOrMake<T>(made: Map<string, T>, key: string, make: () => T): T {
  const value = made.get(key) ?? make();
  made.set(key, value);
  return value;
}

function regionMissing(): AgentError {
  return new AgentError('config-invalid', 'there is no AWS region', { hint: 'set AWS_REGION, or name the secret by its ARN, which carries the region' });
}
