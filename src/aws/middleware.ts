import { isLoopback } from '../config/address.ts';
import type { AwsSettings } from '../config/config.ts';
import { AgentError } from '../errors.ts';
import type { ACMPCAClient } from './acm-pca.ts';
import type { SecretsManagerClient } from './secrets-manager.ts';
import type { SQSClient } from './sqs.ts';

/** What a middleware of any client sees of the request and of its successor. */
type Middleware = (next: (args: Arguments) => Promise<unknown>) => (args: Arguments) => Promise<unknown>;
interface Arguments {
  readonly request: unknown;
}
interface Request {
  readonly protocol?: string;
  readonly hostname?: string;
  readonly headers?: Readonly<Record<string, string>>;
}
/** What is used of a client, whatever its service. */
interface Client {
  readonly config: { readonly credentials: (options: { readonly forceRefresh: boolean }) => Promise<unknown> };
  readonly middlewareStack: { add(middleware: Middleware, options: { step: 'finalizeRequest' | 'deserialize'; priority?: 'high'; name: string }): void };
}

/** Adds to a client of the SDK what it lacks; returns it. */
export function withMiddleware<C extends SecretsManagerClient | ACMPCAClient | SQSClient>(client: C, { allowPlainHttp }: AwsSettings): C {
  const { middlewareStack: stack, config } = client as unknown as Client;
  stack.add(refusePlainHttp(allowPlainHttp), { step: 'finalizeRequest', name: 'refusePlainHttp' });
  stack.add(renewExpired(config), { step: 'deserialize', priority: 'high', name: 'renewExpired' });
  stack.add(noteSignature, { step: 'deserialize', priority: 'high', name: 'noteSignature' });
  return client;
}

/**
 * Refuses plain HTTP off the machine at the last moment, whatever named the endpoint: the environment is checked at start,
 * but the SDK also reads `endpoint_url` from its configuration files.
 */
function refusePlainHttp(allowPlainHttp: boolean): Middleware {
  return (next) => (args) => {
    const { protocol, hostname = '' } = args.request as Request;
    if (protocol !== 'http:' || allowPlainHttp || isLoopback(hostname)) return next(args);
    throw new AgentError('environment-refused', `the AWS endpoint http://${hostname} is plain HTTP and not loopback`, {
      hint: 'use an https endpoint; MTLS_ALLOW_HTTP_ENDPOINT=true accepts plain HTTP where the way is trusted',
    });
  };
}

/**
 * Credentials that AWS calls expired are fetched anew before the next attempt: the SDK keeps them until they expire by our
 * own clock, which may be the one that is wrong.
 */
function renewExpired({ credentials }: Client['config']): Middleware {
  return (next) => async (args) => {
    try {
      return await next(args);
    } catch (thrown) {
      // what goes wrong with it is told by the next attempt
      if (thrown instanceof Error && /^ExpiredToken/.test(thrown.name)) await credentials({ forceRefresh: true }).catch(() => undefined);
      throw thrown;
    }
  };
}

/** Puts the time of the signature, which is our own clock, beside what AWS says about it (`signedAt`). */
const noteSignature: Middleware = (next) => async (args) => {
  try {
    return await next(args);
  } catch (thrown) {
    const { headers = {} } = args.request as Request;
    if (thrown instanceof Error) Object.assign(thrown, { signedAt: headers['x-amz-date'] });
    throw thrown;
  }
};
