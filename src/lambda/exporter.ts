import { type ACMClient, ExportCertificateCommand } from '@aws-sdk/client-acm';
import { type ACMPCAClient, GetCertificateAuthorityCertificateCommand } from '@aws-sdk/client-acm-pca';
import {
  GetRandomPasswordCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { AgentError } from '../errors.ts';

/** What a passphrase is made of (Secrets Manager, GetRandomPassword). */
export interface PassphraseComplexity {
  /** Characters, 4 to 128: what ACM takes. */
  readonly length: number;
  /** Characters to do without, besides the `#`, `$` and `%` that ACM refuses. */
  readonly exclude?: string;
  /** At least one lower-case and one upper-case letter, one digit and one punctuation mark. */
  readonly eachType: boolean;
}

/** 64 of 91 characters: over 400 bits, and every character type for whoever checks. */
export const DEFAULT_COMPLEXITY: PassphraseComplexity = { length: 64, eachType: true };

export interface Export {
  /** Name or ARN of the secret that is to hold the outcome. */
  readonly secretId: string;
  /** Idempotency token, 32 to 64 characters, one for each occasion (an event's id): a second attempt stores nothing twice. */
  readonly token: string;
}

export interface IdentityExport extends Export {
  readonly certificateArn: string;
  /** Default: `DEFAULT_COMPLEXITY`. */
  readonly complexity?: PassphraseComplexity;
}

export interface TrustExport extends Export {
  /** One; while a CA is succeeded by another, both. */
  readonly authorityArns: readonly string[];
}

/** The version that holds the outcome. */
export interface Stored {
  readonly versionId: string;
}

/**
 * Exports a certificate from ACM under a fresh passphrase and stores the four values of this one export in a secret:
 * `{Certificate, CertificateChain, PrivateKey, Passphrase}`, the key as ACM encrypted it.
 */
export async function exportIdentity(
  clients: { readonly secretsManager: SecretsManagerClient; readonly acm: ACMClient },
  { certificateArn, secretId, token, complexity = DEFAULT_COMPLEXITY }: IdentityExport,
): Promise<Stored> {
  const passphrase = await randomPassphrase(clients.secretsManager, complexity);
  const { Certificate, CertificateChain, PrivateKey } = await clients.acm.send(
    new ExportCertificateCommand({ CertificateArn: certificateArn, Passphrase: Buffer.from(passphrase, 'ascii') }),
  );
  const document = {
    Certificate: present(Certificate, 'Certificate', certificateArn),
    CertificateChain: present(CertificateChain, 'CertificateChain', certificateArn),
    PrivateKey: present(PrivateKey, 'PrivateKey', certificateArn),
    Passphrase: passphrase,
  };
  return store(clients.secretsManager, { secretId, token }, document);
}

/**
 * Stores the certificates of CAs and their issuers as `{TrustBundle}` in a secret of its own: who trusts a CA has no business
 * with the secret that holds a key of that CA's mesh endpoint.
 */
export async function exportTrust(
  clients: { readonly secretsManager: SecretsManagerClient; readonly acmPca: ACMPCAClient },
  { authorityArns, secretId, token }: TrustExport,
): Promise<Stored> {
  const bundles = await Promise.all(authorityArns.map((arn) => authorityPem(clients.acmPca, arn)));
  return store(clients.secretsManager, { secretId, token }, { TrustBundle: bundles.join('') });
}

async function authorityPem(acmPca: ACMPCAClient, authorityArn: string): Promise<string> {
  const { Certificate, CertificateChain } = await acmPca.send(new GetCertificateAuthorityCertificateCommand({ CertificateAuthorityArn: authorityArn }));
  // a root has no chain
  return [present(Certificate, 'Certificate', authorityArn), ...(CertificateChain === undefined ? [] : [CertificateChain])].map(endedByNewline).join('');
}

async function randomPassphrase(secretsManager: SecretsManagerClient, complexity: PassphraseComplexity): Promise<string> {
  const { RandomPassword } = await secretsManager.send(
    new GetRandomPasswordCommand({
      PasswordLength: complexity.length,
      ExcludeCharacters: `#$%${complexity.exclude ?? ''}`,
      RequireEachIncludedType: complexity.eachType,
    }),
  );
  return present(RandomPassword, 'RandomPassword', 'secretsmanager:GetRandomPassword');
}

async function store(secretsManager: SecretsManagerClient, { secretId, token }: Export, document: object): Promise<Stored> {
  try {
    await secretsManager.send(
      new PutSecretValueCommand({ SecretId: secretId, ClientRequestToken: token, SecretString: JSON.stringify(document) }),
    );
  } catch (thrown) {
    // an earlier attempt on the same occasion has stored its own, complete export: that one stands
    if (!(thrown instanceof ResourceExistsException)) throw thrown;
  }
  // Secrets Manager makes the token the id of the version
  return { versionId: token };
}

function present(value: string | undefined, member: string, from: string): string {
  if (value === undefined || value === '') throw new AgentError('document-unreadable', `${from} answered without ${member}`);
  return value;
}

function endedByNewline(pem: string): string {
  return pem.endsWith('\n') ? pem : `${pem}\n`;
}
