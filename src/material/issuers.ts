import { AgentError } from '../errors.ts';
import type { Certificate } from './certificate.ts';
import type { Chain } from './chain.ts';
import { checkForm, checkPurpose } from './envoy-rules.ts';
import type { Role } from './material.ts';

/**
 * What Envoy asks of the intermediates. Of the root it asks nothing but dates, keyCertSign and its name constraints: path
 * length, purpose and basicConstraints of a trust anchor do not count.
 */
export function checkIssuers({ leaf, intermediates, root }: Chain, roles: readonly Role[]): void {
  for (const [below, issuer] of intermediates.entries()) {
    checkForm(issuer, `the intermediate ${issuer.subject}`);
    checkAuthority(issuer);
    checkPathLength(issuer, intermediates.slice(0, below));
    for (const role of roles) checkPurpose(issuer, role, ` of the intermediate ${issuer.subject}`);
  }
  if (leaf !== root) checkPolicies([leaf, ...intermediates]);
}

function checkAuthority({ subject, basicConstraints }: Certificate): void {
  if (basicConstraints?.authority === true) return;
  const found = basicConstraints === undefined ? 'absent' : 'CA:FALSE';
  throw broken(`basicConstraints of the intermediate ${subject}: ${found}; an issuer needs CA:TRUE`, 'is a leaf certificate in the place of an intermediate?');
}

function checkPathLength({ subject, basicConstraints }: Certificate, below: readonly Certificate[]): void {
  const allowed = basicConstraints?.pathLength ?? Infinity;
  // one that was renewed by itself does not count (RFC 5280 section 6.1.4 l)
  const counted = below.filter((certificate) => certificate.subject !== certificate.issuer);
  if (counted.length <= allowed) return;
  throw broken(`the path length of ${subject} is ${allowed}, the CAs below it are ${counted.length}: ${counted.map((certificate) => certificate.subject).join('; ')}`, 'issue from a CA with a longer path length, or with fewer CAs in between');
}

/**
 * A policy that is demanded (requireExplicitPolicy) must be among those of every certificate of the path. BoringSSL always
 * looks, OpenSSL only when asked. Policy mappings, which bridges between PKIs use, are not followed.
 */
function checkPolicies(path: readonly Certificate[]): void {
  const demanding = path.find(({ explicitPolicy }, below) => explicitPolicy !== undefined && explicitPolicy <= below);
  if (demanding === undefined) return;
  const common = path.reduce<readonly string[]>((rest, { policies = [] }) => {
    if (policies.includes(ANY_POLICY)) return rest;
    return rest.includes(ANY_POLICY) ? policies : rest.filter((policy) => policies.includes(policy));
  }, [ANY_POLICY]);
  if (common.length > 0) return;
  const found = path.map(({ subject, policies = [] }) => `${subject}: ${policies.join(', ') || 'none'}`).join('; ');
  throw broken(`${demanding.subject} demands a certificate policy that the whole chain has; policies found: ${found}`, 'issue the certificate with the policy of its CA');
}

const ANY_POLICY = '2.5.29.32.0';

function broken(message: string, hint: string): AgentError {
  return new AgentError('chain-broken', message, { hint });
}
