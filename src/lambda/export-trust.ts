import { createHash } from 'node:crypto';
import { type ACMPCAClient, GetCertificateAuthorityCertificateCommand } from '@aws-sdk/client-acm-pca';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SecretText } from '../material/secret-text.ts';
import { parseTrust } from '../material/trust.ts';
import { present } from './answer.ts';
import type { Stored } from './export-identity.ts';
import { makeCurrent, storePending } from './secret-version.ts';

export interface TrustExport {
  readonly secretId: string;
  /** Idempotency token, 32 to 64 characters, one for each occasion; becomes the version's id. */
  readonly token: string;
  /** One; while a CA is succeeded by another, both. */
  readonly authorityArns: readonly string[];
}

export interface TrustClients {
  readonly secretsManager: SecretsManagerClient;
  readonly acmPca: ACMPCAClient;
}

/**
 * Stores the certificates of CAs and their issuers as `{TrustBundle}` in a secret of its own: who trusts a CA has no business
 * with the secret that holds a key of that CA's mesh endpoint.
 */
export async function exportTrust(clients: TrustClients, { authorityArns, secretId, token }: TrustExport, { now }: { readonly now: () => Date }): Promise<Stored> {
  const bundles = await Promise.all(authorityArns.map((arn) => authorityPem(clients.acmPca, arn)));
  return storeTrust(clients.secretsManager, { secretId, token, bundle: bundles.join('') }, now);
}

/** The version id of a bundle in a secret: the same content is the same version. */
export function trustVersionId(secretId: string, bundle: string): string {
  return createHash('sha256').update(`${secretId}\n${bundle}`).digest('hex');
}

export interface TrustBundle {
  readonly secretId: string;
  readonly token: string;
  /** PEM. */
  readonly bundle: string;
}

/** Opens it as an agent will, before and after it is stored. */
export async function storeTrust(secretsManager: SecretsManagerClient, { secretId, token, bundle }: TrustBundle, now: () => Date): Promise<Stored> {
  // a promise, so that what it throws is a rejection like any other
  const open = (text: string): Promise<unknown> => Promise.resolve().then(() => parseTrust([{ version: token, text: new SecretText(text) }], now()));
  const draft = { secretId, token, open };
  const document = { TrustBundle: bundle };
  await open(JSON.stringify(document));
  await storePending(secretsManager, draft, document);
  await makeCurrent(secretsManager, draft);
  return { versionId: token };
}

/** The CA's certificate and those of its issuers; a root has no chain. */
export async function authorityPem(acmPca: ACMPCAClient, authorityArn: string): Promise<string> {
  const { Certificate, CertificateChain } = await acmPca.send(new GetCertificateAuthorityCertificateCommand({ CertificateAuthorityArn: authorityArn }));
  return [present(Certificate, 'Certificate', authorityArn), ...(CertificateChain === undefined ? [] : [CertificateChain])].map(endedByNewline).join('');
}

function endedByNewline(pem: string): string {
  return pem.endsWith('\n') ? pem : `${pem}\n`;
}
