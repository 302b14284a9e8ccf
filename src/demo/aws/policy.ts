import { AwsError } from './aws-error.ts';
import type { Arrival } from './call-log.ts';
import { accessDenied } from './denial.ts';
import type { Site } from './service.ts';

/** A statement of an identity-based policy (IAM, JSON policy elements); conditions are not evaluated. */
export interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
}

/** Whose requests may do what: by access key id, which stands for the role. Without an entry a caller may do everything. */
export type Roles = Readonly<Record<string, readonly Statement[]>>;

/** Throws as IAM does: an explicit Deny before anything else, then an Allow that is missing. */
export function authorise(roles: Roles, caller: string, call: Arrival, resourceArn: string | undefined, site: Site): void {
  const statements = Object.hasOwn(roles, caller) ? roles[caller] : undefined;
  if (statements === undefined) return;
  // a batch needs the permission of its single form (Amazon SQS developer guide, API permissions)
  const action = `${call.service}:${call.operation.replace(/Batch$/, '')}`;
  const about = (statement: Statement): boolean => [statement.Action].flat().some((pattern) => like(pattern, action)) && [statement.Resource].flat().some((pattern) => like(pattern, resourceArn ?? '*'));
  const matching = statements.filter(about);
  const named: Arrival = { ...call, resource: resourceArn ?? call.resource };
  if (matching.some(({ Effect }) => Effect === 'Deny')) throw accessDenied(named, site, 'identity-deny');
  if (matching.length === 0) throw accessDenied(named, site, 'identity');
}

/** Of `Credential=KEY/…` in the authorization header. */
export function callerOf(authorization: string | undefined): string {
  const key = /Credential=([^/]+)\//.exec(authorization ?? '')?.[1];
  if (key === undefined) throw new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token');
  return key;
}

/** `*` and `?` of IAM. */
function like(pattern: string, text: string): boolean {
  const expression = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.');
  return new RegExp(`^${expression}$`, 'i').test(text);
}
