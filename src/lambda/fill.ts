import { AgentError } from '../errors.ts';
import type { Role } from '../material/material.ts';
import type { IdentityClients, Stored, Surroundings } from './export-identity.ts';
import { type TrustClients, authorityPem, storeTrust, trustVersionId } from './export-trust.ts';
import { syncIdentity } from './renewal.ts';
import { readLabels } from './secret-version.ts';

/** What a stack wants in a secret, as its custom resource's properties say it. */
export type Filling = { readonly secretId: string } & ({ readonly certificateArn: string; readonly roles?: readonly Role[] } | { readonly authorityArns: readonly string[] });

/** Brings it there, whatever the secret holds: a stack that goes back to another certificate means it. Does nothing that is done. */
export async function fillSecret(clients: IdentityClients & TrustClients, filling: Filling, surroundings: Surroundings): Promise<Stored> {
  if ('certificateArn' in filling) return syncIdentity(clients, filling, surroundings, true);
  const { secretId, authorityArns } = filling;
  const bundle = (await Promise.all(authorityArns.map((arn) => authorityPem(clients.acmPca, arn)))).join('');
  const token = trustVersionId(secretId, bundle);
  const { current } = await readLabels(clients.secretsManager, secretId);
  return current === token ? { versionId: token } : storeTrust(clients.secretsManager, { secretId, token, bundle }, surroundings.now);
}

/** `{SecretId, CertificateArn, Roles?}` or `{SecretId, AuthorityArns}`; CloudFormation adds ServiceToken. Throws `config-invalid`. */
export function readFilling({ SecretId, CertificateArn, AuthorityArns, Roles }: Readonly<Record<string, unknown>>): Filling {
  if (typeof SecretId !== 'string' || SecretId === '') throw invalid('SecretId: expected the name or ARN of a secret');
  const roles = readRoles(Roles);
  if ((CertificateArn === undefined) === (AuthorityArns === undefined)) throw invalid('expected either CertificateArn or AuthorityArns');
  if (typeof CertificateArn === 'string') return { secretId: SecretId, certificateArn: CertificateArn, ...(roles && { roles }) };
  if (isTexts(AuthorityArns) && AuthorityArns.length > 0) return { secretId: SecretId, authorityArns: AuthorityArns };
  throw invalid('CertificateArn: expected an ARN; AuthorityArns: expected a list of ARNs');
}

function readRoles(given: unknown): readonly Role[] | undefined {
  if (given === undefined) return undefined;
  const roles = isTexts(given) ? given.filter((role) => role === 'client' || role === 'server') : [];
  if (roles.length === 0 || roles.length !== (given as readonly unknown[]).length) throw invalid('Roles: expected a list of client, server');
  return roles;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function invalid(what: string): AgentError {
  return new AgentError('config-invalid', `the properties of the custom resource: ${what}`, { hint: 'see mesh/stacks/renewal.yaml' });
}
