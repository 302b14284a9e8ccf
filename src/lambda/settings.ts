import { AgentError } from '../errors.ts';
import type { ManagedIdentity } from './renewal.ts';
import type { RenewerSettings } from './renewer.ts';
import type { RolledService } from './rollout.ts';

/**
 * Of the renewer's environment, as the stack writes it: IDENTITIES, lines of `CERTIFICATE-ARN SECRET-ID [ROLE,ROLE]`, and
 * SERVICES, `CLUSTER/SERVICE` in the order in which they are replaced. Throws `config-invalid`.
 */
export function readSettings(env: Readonly<Record<string, string | undefined>>): RenewerSettings {
  return { identities: words(env['IDENTITIES'], /[\n;]+/).map(readIdentity), services: words(env['SERVICES'], /[\s,]+/).map(readService) };
}

function readIdentity(line: string): ManagedIdentity {
  const [certificateArn = '', secretId, roles = 'client,server', ...more] = line.split(/\s+/);
  const known = roles.split(',').filter((role) => role === 'client' || role === 'server');
  if (!/^arn:[\w-]+:acm:/.test(certificateArn) || secretId === undefined || known.length !== roles.split(',').length || more.length > 0) {
    throw invalid(`IDENTITIES: "${line}" is not CERTIFICATE-ARN SECRET-ID [client,server]`);
  }
  return { certificateArn, secretId, roles: known };
}

function readService(text: string): RolledService {
  const [cluster = '', service = '', ...more] = text.split('/');
  if (cluster === '' || service === '' || more.length > 0) throw invalid(`SERVICES: "${text}" is not CLUSTER/SERVICE`);
  return { cluster, service };
}

function words(text: string | undefined, separator: RegExp): readonly string[] {
  return (text ?? '').split(separator).map((word) => word.trim()).filter((word) => word !== '');
}

function invalid(what: string): AgentError {
  return new AgentError('config-invalid', what, { hint: 'mesh/stacks/renewal.yaml writes both' });
}
