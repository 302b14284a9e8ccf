import type { Clock } from '../../clock.ts';
import { AwsError } from './aws-error.ts';
import type { Arrival } from './call-log.ts';
import type { Site } from './service.ts';

/** What may go wrong on purpose, before a call reaches its operation. */
export type Fault =
  | { readonly kind: 'throttle' }
  | { readonly kind: 'server-error' }
  | { readonly kind: 'access-denied' }
  /** Late, but then as usual. */
  | { readonly kind: 'delay'; readonly ms: number };

/** Asked before every call; `undefined`: the call goes through. */
export type FaultHook = (call: Arrival) => Fault | undefined;

/** Returns when the call may go on, throws the error it is to be answered with. */
export async function suffer(fault: Fault, call: Arrival, site: Site, clock: Clock, signal: AbortSignal): Promise<void> {
  switch (fault.kind) {
    case 'throttle':
      throw new AwsError('ThrottlingException', 'Rate exceeded');
    case 'server-error':
      throw new AwsError('InternalServiceError', 'An error occurred on the server side.', 500);
    case 'access-denied':
      throw accessDenied(call, site);
    case 'delay':
      return clock.sleep(fault.ms, signal);
  }
}

function accessDenied({ service, operation, resource }: Arrival, { account }: Site): AwsError {
  const action = `${service}:${operation}`;
  return new AwsError(
    'AccessDeniedException',
    `User: arn:aws:sts::${account}:assumed-role/embedded/task is not authorized to perform: ${action} on resource: ${resource ?? '*'} because no identity-based policy allows the ${action} action`,
  );
}
