import { randomInt } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import { CallLog } from './call-log.ts';
import { CertificateManager } from './certificate-manager.ts';
import { CREDENTIALS_PATH } from './container-credentials.ts';
import { dispatch } from './dispatcher.ts';
import { EventBus, type Happening } from './event-bus.ts';
import type { FaultHook } from './fault.ts';
import { listen } from './http.ts';
import { ContainerService } from './container-service.ts';
import type { Roles } from './policy.ts';
import { PrivateCa } from './private-ca.ts';
import { QueueService } from './queue-service.ts';
import type { RandomInt } from './random-password.ts';
import { SecretsManager } from './secrets-manager.ts';
import type { Site } from './service.ts';

export interface EmbeddedAwsOptions extends Site {
  readonly clock: Clock;
  /** 0: a free one. */
  readonly port: number;
  /** Default: loopback. Nothing checks who calls, so another address belongs into a network of its own. */
  readonly host?: string;
  /** Default: the system's cryptographic generator. */
  readonly random?: RandomInt;
  /** Default: nothing goes wrong. */
  readonly fault?: FaultHook;
  /** Default: everybody may do everything. */
  readonly roles?: Roles;
}

/** A running stand-in for the AWS services a mesh's certificates come from. */
export interface EmbeddedAws {
  /** Endpoint of all services: `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** The container credentials endpoint. */
  readonly credentialsUrl: string;
  /** What a client of the SDK needs in its environment to come here. */
  readonly environment: Readonly<Record<'AWS_REGION' | 'AWS_ENDPOINT_URL' | 'AWS_CONTAINER_CREDENTIALS_FULL_URI', string>>;
  readonly secretsManager: SecretsManager;
  readonly acm: CertificateManager;
  readonly privateCa: PrivateCa;
  readonly sqs: QueueService;
  readonly ecs: ContainerService;
  /** What the services tell; a queue hears it once it is a target. */
  readonly events: EventBus;
  readonly calls: CallLog;
  close(): Promise<void>;
}

/** Starts Secrets Manager, ACM, Private CA, SQS, ECS and a container credentials endpoint on one loopback port, over plain HTTP. */
export async function startEmbeddedAws(options: EmbeddedAwsOptions): Promise<EmbeddedAws> {
  const { clock, random = (bound: number) => randomInt(bound), fault = () => undefined, roles = {} } = options;
  const site: Site = { region: options.region, account: options.account };
  const calls = new CallLog();
  const closing = new AbortController();
  const events = new EventBus(site, clock, random);
  const publish = (happening: Happening): void => events.publish(happening);
  const secretsManager = new SecretsManager(site, clock, random, publish);
  const privateCa = new PrivateCa(site, clock, random);
  const acm = new CertificateManager(privateCa, site, clock, random, publish);
  const sqs = new QueueService(site, clock, random, closing.signal);
  const ecs = new ContainerService(site, clock, random, publish);
  const parts = { site, clock, random, services: [secretsManager, acm, privateCa, sqs, ecs], calls, fault, roles, closing: closing.signal };

  const server = await listen(options.port, (request) => dispatch(request, parts), options.host);
  sqs.origin = server.url;
  const credentialsUrl = server.url + CREDENTIALS_PATH;
  return {
    url: server.url,
    credentialsUrl,
    environment: { AWS_REGION: site.region, AWS_ENDPOINT_URL: server.url, AWS_CONTAINER_CREDENTIALS_FULL_URI: credentialsUrl },
    secretsManager,
    acm,
    privateCa,
    sqs,
    ecs,
    events,
    calls,
    async close() {
      closing.abort(new Error('the embedded AWS is closing'));
      await server.close();
    },
  };
}
