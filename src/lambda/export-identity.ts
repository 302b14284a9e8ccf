import { createHash } from 'node:crypto';
import { type ACMClient, ExportCertificateCommand, RequestInProgressException } from '@aws-sdk/client-acm';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { AgentError } from '../errors.ts';
import { parseIdentity } from '../material/identity.ts';
import type { Identity, Role } from '../material/material.ts';
import { SecretText } from '../material/secret-text.ts';
import { present } from './answer.ts';
import { DEFAULT_COMPLEXITY, type PassphraseComplexity, randomPassphrase } from './passphrase.ts';
import { type Draft, makeCurrent, storePending } from './secret-version.ts';

export interface IdentityExport {
  readonly certificateArn: string;
  /** Name or ARN of the secret that is to hold the outcome. */
  readonly secretId: string;
  /** Idempotency token, 32 to 64 characters, one for each occasion; becomes the version's id. */
  readonly token: string;
  /** The serial that the occasion is about, hex without leading zeros; another one that comes out of ACM is refused. */
  readonly serial?: string;
  /** Default: both. In each of them a handshake is rehearsed. */
  readonly roles?: readonly Role[];
  /** Default: `DEFAULT_COMPLEXITY`. */
  readonly complexity?: PassphraseComplexity;
}

export interface IdentityClients {
  readonly secretsManager: SecretsManagerClient;
  readonly acm: ACMClient;
}

/** What the routine needs of its surroundings. */
export interface Surroundings {
  readonly now: () => Date;
  readonly sleep: (ms: number) => Promise<void>;
}

/** The version that holds the outcome. */
export interface Stored {
  readonly versionId: string;
}

/** The version id of a certificate in a secret: whoever exports this serial into this secret means this version. */
export function versionIdOf(secretId: string, certificateArn: string, serial: string): string {
  return createHash('sha256').update([secretId, certificateArn, serial].join('\n')).digest('hex');
}

/**
 * Exports a certificate from ACM under a fresh passphrase, opens and rehearses it, and stores the four values of this one
 * export, `{Certificate, CertificateChain, PrivateKey, Passphrase}`, the key as ACM encrypted it: first as a version that
 * nobody reads, which becomes the current one when it has been read back and opened.
 */
export async function exportIdentity(clients: IdentityClients, request: IdentityExport, surroundings: Surroundings): Promise<Stored> {
  const { certificateArn, token, complexity = DEFAULT_COMPLEXITY } = request;
  const passphrase = await randomPassphrase(clients.secretsManager, complexity);
  const document = { ...(await exported(clients.acm, certificateArn, passphrase, surroundings)), Passphrase: passphrase };
  const draft = draftOf(request, surroundings);
  await draft.open(JSON.stringify(document));
  await storePending(clients.secretsManager, draft, document);
  await makeCurrent(clients.secretsManager, draft);
  return { versionId: token };
}

/** The rest of an export that was interrupted after its version had been stored. */
export async function finishExport(clients: IdentityClients, request: IdentityExport, surroundings: Surroundings): Promise<Stored> {
  await makeCurrent(clients.secretsManager, draftOf(request, surroundings));
  return { versionId: request.token };
}

function draftOf({ secretId, token, serial, roles = ['client', 'server'] }: IdentityExport, { now }: Surroundings): Draft {
  return {
    secretId,
    token,
    async open(text) {
      const { leaf } = await openIdentity(text, token, roles, now());
      if (serial !== undefined && leaf.serial !== serial) {
        throw new AgentError('document-unreadable', `ACM exports serial ${leaf.serial} where ${serial} was described`, { hint: 'it renews at this moment; the next event or the daily sweep brings it' });
      }
    },
  };
}

function openIdentity(text: string, version: string, roles: readonly Role[], now: Date): Promise<Identity> {
  return parseIdentity({ version, text: new SecretText(text) }, { roles, names: [], now });
}

/** A certificate that was just asked for may not be there yet; ACM issues within seconds. */
const PATIENCE_MS = [1_000, 2_000, 4_000];

async function exported(acm: ACMClient, certificateArn: string, passphrase: string, { sleep }: Surroundings): Promise<object> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const { Certificate, CertificateChain, PrivateKey } = await acm.send(new ExportCertificateCommand({ CertificateArn: certificateArn, Passphrase: Buffer.from(passphrase, 'ascii') }));
      return {
        Certificate: present(Certificate, 'Certificate', certificateArn),
        CertificateChain: present(CertificateChain, 'CertificateChain', certificateArn),
        PrivateKey: present(PrivateKey, 'PrivateKey', certificateArn),
      };
    } catch (thrown) {
      const pauseMs = PATIENCE_MS[attempt];
      if (!(thrown instanceof RequestInProgressException) || pauseMs === undefined) throw thrown;
      await sleep(pauseMs);
    }
  }
}
