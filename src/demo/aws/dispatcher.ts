import type { Clock } from '../../clock.ts';
import { resourceId } from './arn.ts';
import { AwsError } from './aws-error.ts';
import type { Arrival, CallLog } from './call-log.ts';
import { CREDENTIALS_PATH, containerCredentials } from './container-credentials.ts';
import { checkCredentialScope } from './credential-scope.ts';
import { damaged, isDamage } from './damage.ts';
import { type FaultHook, suffer } from './fault.ts';
import type { HttpReply, HttpRequest } from './http.ts';
import { Input } from './input.ts';
import type { RandomInt } from './random-password.ts';
import { type Roles, authorise, callerOf } from './policy.ts';
import type { Service, Site } from './service.ts';

/** What the dispatcher works with. */
export interface DispatcherParts {
  readonly site: Site;
  readonly clock: Clock;
  readonly random: RandomInt;
  readonly services: readonly Service[];
  readonly calls: CallLog;
  readonly fault: FaultHook;
  readonly roles: Roles;
  /** Aborts when the embedded AWS closes. */
  readonly closing: AbortSignal;
}

/** One request on its way: what it is called, and what answers it. */
interface Errand {
  readonly call: Arrival;
  readonly messageMember: Service['messageMember'];
  answer(): object | Promise<object>;
}

/** Takes a request to the operation it names, through the call log and the fault hook. */
export async function dispatch(request: HttpRequest, parts: DispatcherParts): Promise<HttpReply> {
  const requestId = resourceId(parts.random);
  let errand: Errand;
  try {
    errand = errandOf(request, parts);
  } catch (thrown) {
    return failure(thrown, requestId, 'message');
  }
  const failed = parts.calls.arrive(errand.call);
  try {
    const fault = parts.fault(errand.call);
    const { site, clock, closing } = parts;
    if (fault) await suffer(fault, { call: errand.call, site, clock, closing, signedAt: request.header('x-amz-date') });
    const whole = reply(200, await errand.answer(), requestId);
    return isDamage(fault) ? damaged(whole, fault, clock, closing) : whole;
  } catch (thrown) {
    const error = failure(thrown, requestId, errand.messageMember);
    failed(error.headers['x-amzn-ErrorType'] ?? '');
    return error;
  }
}

function errandOf(request: HttpRequest, parts: DispatcherParts): Errand {
  if (request.method === 'GET' && request.path === CREDENTIALS_PATH) return credentialsErrand(parts);
  if (request.method !== 'POST' || request.path !== '/') throw new AwsError('UnknownOperationException', 'not found', 404);
  return operationErrand(request, parts);
}

function credentialsErrand({ clock, random }: DispatcherParts): Errand {
  return {
    call: { service: 'credentials', operation: 'GetCredentials', resource: undefined, at: clock.now() },
    messageMember: 'message',
    answer: () => containerCredentials(clock, random),
  };
}

function operationErrand(request: HttpRequest, { services, site, clock, roles }: DispatcherParts): Errand {
  const [prefix, name = ''] = (request.header('x-amz-target') ?? '').split('.');
  const service = services.find(({ targetPrefix }) => targetPrefix === prefix);
  const operation = service && Object.hasOwn(service.operations, name) ? service.operations[name] : undefined;
  if (!service || !operation) throw new AwsError('UnknownOperationException', `no such operation here: ${prefix ?? ''}.${name}`);
  const input = Input.parse(request.body);
  const call: Arrival = { service: service.signingName, operation: name, resource: input.firstText(service.resourceMembers), at: clock.now() };
  return {
    call,
    messageMember: service.messageMember,
    answer: () => {
      const authorization = request.header('authorization');
      checkCredentialScope(authorization, site.region, service.signingName);
      authorise(roles, callerOf(authorization), call, service.resourceArn?.(input) ?? call.resource, site);
      return operation(input);
    },
  };
}

function failure(thrown: unknown, requestId: string, messageMember: Service['messageMember']): HttpReply {
  const error = thrown instanceof AwsError ? thrown : new AwsError('InternalFailure', `a defect of the embedded AWS: ${String(thrown)}`, 500);
  const answer = reply(error.status, { __type: error.type, [messageMember]: error.message }, requestId);
  return { ...answer, headers: { ...answer.headers, 'x-amzn-ErrorType': error.type, ...error.headers } };
}

function reply(status: number, output: object, requestId: string): HttpReply {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-RequestId': requestId }, body: JSON.stringify(output) };
}
