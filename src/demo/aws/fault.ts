import type { Clock } from '../../clock.ts';
import { AwsError } from './aws-error.ts';
import type { Arrival } from './call-log.ts';
import type { Damage } from './damage.ts';
import { type Policy, accessDenied } from './denial.ts';
import type { Site } from './service.ts';
import { type Skew, skewed } from './skew.ts';

/** What may go wrong on purpose, before a call reaches its operation or on the way back. */
export type Fault =
  | { readonly kind: 'throttle' }
  /** Default: 500. */
  | { readonly kind: 'server-error'; readonly status?: 500 | 503 }
  /** Default: no identity-based policy allows it. */
  | { readonly kind: 'access-denied'; readonly policy?: Policy }
  | { readonly kind: 'expired-token' }
  /** Credentials that AWS has never seen. */
  | { readonly kind: 'unknown-token' }
  | { readonly kind: 'decryption-failure' }
  | Skew
  /** Late, but then as usual. */
  | { readonly kind: 'delay'; readonly ms: number }
  | Damage;

/** Asked before every call; `undefined`: the call goes through. */
export type FaultHook = (call: Arrival) => Fault | undefined;

/** What a fault needs to know of the embedded AWS and of the request. */
export interface FaultScene {
  readonly call: Arrival;
  readonly site: Site;
  readonly clock: Clock;
  readonly closing: AbortSignal;
  /** The request's X-Amz-Date, `20261123T120000Z`. */
  readonly signedAt: string | undefined;
}

/** Returns when the call may go on, throws the error it is to be answered with. */
export async function suffer(fault: Fault, scene: FaultScene): Promise<void> {
  switch (fault.kind) {
    case 'throttle':
      throw new AwsError('ThrottlingException', 'Rate exceeded');
    case 'server-error':
      throw fault.status === 503
        ? new AwsError('ServiceUnavailable', 'The request has failed due to a temporary failure of the server.', 503)
        : new AwsError('InternalServiceError', 'An error occurred on the server side.', 500);
    case 'access-denied':
      throw accessDenied(scene.call, scene.site, fault.policy);
    case 'expired-token':
      throw new AwsError('ExpiredTokenException', 'The security token included in the request is expired');
    case 'unknown-token':
      throw new AwsError('UnrecognizedClientException', 'The security token included in the request is invalid.');
    case 'decryption-failure':
      throw new AwsError('DecryptionFailure', "Secrets Manager can't decrypt the protected secret text using the provided KMS key.");
    case 'clock-skew':
      skewed(fault, scene.signedAt, scene.clock.now());
      return;
    case 'delay':
      return scene.clock.sleep(fault.ms, scene.closing);
    default:
      // the answer is made as usual, and damaged on its way
  }
}
