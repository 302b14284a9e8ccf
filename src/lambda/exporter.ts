import { AgentError, toAgentError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { type CustomResourceRequest, type Send, respond } from './custom-resource.ts';

/** Fills a secret as the properties of a custom resource say; the version that holds it. */
export type Fill = (properties: Readonly<Record<string, unknown>>) => Promise<{ readonly versionId: string }>;

export interface ExporterPorts {
  /** Done by the renewer, which alone may export and store. */
  readonly fill: Fill;
  readonly send: Send;
  readonly sleep: (ms: number) => Promise<void>;
  readonly log: Logger;
}

/** What of Lambda's context it goes by. */
export interface LambdaContext {
  getRemainingTimeInMillis(): number;
}

/** To say that the time is over, and to say it again. */
const RESERVE_MS = 10_000;

/**
 * The CloudFormation custom resource that fills a secret: `{CertificateArn, SecretId, Roles?}` for an identity,
 * `{AuthorityArns, SecretId}` for trust. Always answers, in time; rejects only when its answer is not taken.
 */
export async function exportForStack(request: CustomResourceRequest, context: LambdaContext, ports: ExporterPorts): Promise<void> {
  const physicalId = request.PhysicalResourceId ?? physicalIdOf(request);
  const { log } = ports;
  try {
    // on Delete nothing: the secret is another resource's, and goes with that
    const stored = request.RequestType === 'Delete' ? undefined : await inTime(ports.fill(request.ResourceProperties), context, ports);
    // another secret is another resource: CloudFormation then deletes the old one, which leaves its secret as it is
    const id = stored === undefined ? physicalId : physicalIdOf(request);
    log.info('exported', { request: request.RequestType, resource: id, versionId: stored?.versionId });
    await respond(request, { Status: 'SUCCESS', PhysicalResourceId: id, ...(stored && { Data: { VersionId: stored.versionId } }) }, ports);
  } catch (thrown) {
    const { code, message, hint } = toAgentError(thrown);
    log.error('export-failed', { request: request.RequestType, resource: physicalId, code, message, hint });
    await respond(request, { Status: 'FAILED', Reason: `${message}${hint === undefined ? '' : ` (${hint})`}`, PhysicalResourceId: physicalId }, ports);
  }
}

/** The secret that is filled; the same for every request about it. */
function physicalIdOf({ ResourceProperties: { SecretId } }: CustomResourceRequest): string {
  return typeof SecretId === 'string' ? `contents of ${SecretId}` : 'contents of no secret';
}

async function inTime<T>(work: Promise<T>, context: LambdaContext, { sleep }: Pick<ExporterPorts, 'sleep'>): Promise<T> {
  const limit = sleep(Math.max(0, context.getRemainingTimeInMillis() - RESERVE_MS)).then(() => {
    throw new AgentError('deadline', "the Lambda's time is nearly over", { hint: 'does its subnet have a way to ACM and Secrets Manager' });
  });
  // whichever comes second is nobody's business any more
  limit.catch(() => undefined);
  work.catch(() => undefined);
  return Promise.race([work, limit]);
}
