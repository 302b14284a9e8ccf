import { AgentError } from '../errors.ts';
import type { Call, Failure } from './sdk-error.ts';

/** AWS's sentence (IAM user guide, Troubleshoot access denied error messages): principal, action, resource, reason. */
const SENTENCE = /User: (\S+) is not authorized to perform: (\S+)(?: on resource: (\S+))?(?: (?:because )?(.+))?$/;

/** A refusal by a policy: who may not do what on what, and whether a Deny forbids it or an Allow is missing. */
export function describeDenial({ name, message, cause }: Failure, call: Call): AgentError | undefined {
  if (name !== 'AccessDeniedException' && name !== 'AccessDenied') return undefined;
  if (/access to kms is not allowed/i.test(message)) {
    return new AgentError('decryption-denied', `${call.resource} cannot be decrypted: access to its KMS key is not allowed`, {
      hint: 'allow kms:Decrypt on the key for this role, in the key policy as well when the key is of another account',
      cause,
    });
  }
  const [, principal = 'this role', action = call.action, resource = call.resource, reason = message] = SENTENCE.exec(message) ?? [];
  return new AgentError('access-denied', `${principal} may not ${action} on ${resource}: ${reason}`, { hint: hintFor(reason, action, resource), cause });
}

function hintFor(reason: string, action: string, resource: string): string {
  if (/explicit deny/i.test(reason)) {
    const place = /explicit deny in (?:an? )?(.+)$/i.exec(reason)?.[1] ?? 'a policy';
    return `a Deny statement forbids it and no Allow helps: look in the ${place.replace(/^a /, '')}`;
  }
  if (/no resource-based policy allows/i.test(reason)) return `allow ${action} for this role in the resource policy of ${resource}`;
  if (/no VPC endpoint policy allows/i.test(reason)) return `allow ${action} in the policy of the VPC endpoint`;
  return `an Allow is missing: give the task role ${action} on ${resource}`;
}
