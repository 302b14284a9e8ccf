import { AwsError } from './aws-error.ts';
import type { Arrival } from './call-log.ts';
import type { Site } from './service.ts';

/** Which policy refuses: an Allow that is missing in the first three, a Deny in the others. */
export type Policy = 'identity' | 'resource' | 'vpc-endpoint' | 'identity-deny' | 'resource-deny' | 'service-control-deny' | 'kms';

/** The end of AWS's sentence (IAM user guide, Troubleshoot access denied error messages). */
const REASONS: Readonly<Record<Exclude<Policy, 'kms'>, (action: string) => string>> = {
  identity: (action) => `because no identity-based policy allows the ${action} action`,
  resource: (action) => `because no resource-based policy allows the ${action} action`,
  'vpc-endpoint': (action) => `because no VPC endpoint policy allows the ${action} action`,
  'identity-deny': () => 'with an explicit deny in an identity-based policy',
  'resource-deny': () => 'with an explicit deny in a resource-based policy',
  'service-control-deny': () => 'with an explicit deny in a service control policy',
};

/** A refusal that names principal, action and resource; of the KMS key AWS tells neither. */
export function accessDenied({ service, operation, resource }: Arrival, { account }: Site, policy: Policy = 'identity'): AwsError {
  if (policy === 'kms') return new AwsError('AccessDeniedException', 'Access to KMS is not allowed');
  const action = `${service}:${operation}`;
  return new AwsError(
    'AccessDeniedException',
    `User: arn:aws:sts::${account}:assumed-role/embedded/task is not authorized to perform: ${action} on resource: ${resource ?? '*'} ${REASONS[policy](action)}`,
  );
}
