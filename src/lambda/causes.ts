import { describeFailure } from '../aws/failures.ts';
import type { AgentError } from '../errors.ts';

/** Why a renewal failed, in words, and whether the same call may succeed in a minute. */
export interface Cause {
  readonly error: AgentError;
  /** What only a person mends is alarmed at once, and not tried again by Lambda. */
  readonly permanent: boolean;
}

const PERMANENT: ReadonlySet<AgentError['code']> = new Set(['access-denied', 'decryption-denied', 'source-not-found', 'check-failed', 'config-invalid', 'certificate-purpose', 'certificate-unsupported', 'key-unsupported']);

export function causeOf(thrown: unknown, resource: string): Cause {
  const { name = '', region = '' } = (thrown ?? {}) as { readonly name?: string; readonly region?: string };
  const error = describeFailure(thrown, { action: name, resource, region });
  return { error, permanent: PERMANENT.has(error.code) };
}

/** ACM's RenewalStatusReason (API reference, RenewalSummary), as far as a private CA has a part in it. */
const REASONS: Readonly<Record<string, string>> = {
  PCA_ACCESS_DENIED: 'the CA has not authorised ACM: aws acm-pca create-permission --principal acm.amazonaws.com --actions IssueCertificate GetCertificate ListPermissions',
  PCA_INVALID_STATE: 'the CA is disabled, expired or being deleted: enable it, or issue from another',
  PCA_RESOURCE_NOT_FOUND: 'the CA does not exist any more: issue from another, and add that to the trust of the peers first',
  PCA_REQUEST_FAILED: 'the CA refused the request: look at its audit report and its limits',
  PCA_LIMIT_EXCEEDED: 'the CA has reached its quota of certificates: raise it, or issue from another',
  PCA_NAME_CONSTRAINTS_VALIDATION: 'the names are outside the name constraints of the CA',
};

/** The likely fix for a renewal of ACM's own that did not succeed. */
export function hintForRenewal(reason: string | undefined): string {
  return REASONS[reason ?? ''] ?? 'the ACM user guide, Troubleshoot managed certificate renewal, explains the reason';
}
