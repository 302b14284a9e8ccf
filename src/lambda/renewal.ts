import { RenewCertificateCommand } from '@aws-sdk/client-acm';
import { AgentError } from '../errors.ts';
import { parseIdentity } from '../material/identity.ts';
import type { Role } from '../material/material.ts';
import { SecretText } from '../material/secret-text.ts';
import type { Described } from './certificate.ts';
import { describeCertificate } from './certificate.ts';
import { type IdentityClients, type IdentityExport, type Surroundings, exportIdentity, finishExport, versionIdOf } from './export-identity.ts';
import { type Labels, readLabels, readVersion } from './secret-version.ts';

/** A certificate and the secret that holds its export. */
export interface ManagedIdentity {
  readonly certificateArn: string;
  readonly secretId: string;
  /** Default: both. */
  readonly roles?: readonly Role[];
}

/**
 * What was found, or done about it. `rolled-back`: an operator has made an older version current again, and only he knows
 * why. `moved`: the secret holds a newer certificate, of another ARN.
 */
export type SyncOutcome = 'current' | 'stored' | 'finished' | 'rolled-back' | 'moved';

export interface Synced {
  readonly outcome: SyncOutcome;
  readonly versionId: string;
  readonly serial: string;
}

/**
 * Has the secret hold what ACM has: compares by ACM's serial, exports on a difference only, and finishes what was
 * interrupted. The same event twice, late or out of order finds nothing to do: two reads.
 *
 * @param insist whatever the secret holds: somebody has asked for this certificate
 */
export async function syncIdentity(clients: IdentityClients, identity: ManagedIdentity, surroundings: Surroundings, insist = false): Promise<Synced> {
  const { certificateArn, secretId } = identity;
  const certificate = await describeCertificate(clients.acm, certificateArn);
  const { serial } = certificate;
  const versionId = versionIdOf(secretId, certificateArn, serial);
  const labels = await readLabels(clients.secretsManager, secretId);
  const synced = (outcome: SyncOutcome): Synced => ({ outcome, versionId, serial });
  if (labels.current === versionId) return synced('current');
  const found = insist ? undefined : await look(clients, certificate, secretId, labels, versionId, surroundings.now());
  if (found !== undefined) return synced(found);
  const request: IdentityExport = { ...identity, token: versionId, serial };
  if (labels.has(versionId)) {
    await finishExport(clients, request, surroundings);
    return synced('finished');
  }
  await exportIdentity(clients, request, surroundings);
  return synced('stored');
}

/** Whether what the secret holds is to stay although it is not the version that we would have made. */
async function look({ secretsManager }: IdentityClients, certificate: Described, secretId: string, { current, previous }: Labels, versionId: string, now: Date): Promise<SyncOutcome | undefined> {
  if (current === undefined) return undefined;
  const { text } = await readVersion(secretsManager, secretId, current);
  const leaf = await leafOf(text, now);
  // not to be opened, so worth nothing
  if (leaf === undefined) return undefined;
  if (leaf.serial === certificate.serial) return 'current';
  if (leaf.notBefore > certificate.notBefore) return 'moved';
  return previous === versionId ? 'rolled-back' : undefined;
}

async function leafOf(text: string, now: Date): Promise<{ readonly serial: string; readonly notBefore: Date } | undefined> {
  try {
    return (await parseIdentity({ version: '', text: new SecretText(text) }, { roles: [], names: [], now })).leaf;
  } catch {
    return undefined;
  }
}

/** `asked`: RenewCertificate was called. `renewing`: ACM is at it. `not-due`: neither needed nor wanted. */
export type RenewalOutcome = 'asked' | 'renewing' | 'not-due';

const DAY_MS = 86_400_000;
/** When ACM begins to tell of a private certificate that ends. */
const DUE_DAYS = 45;
/** Of its lifetime: a certificate of a week is always within 45 days of its end. */
const DUE_SHARE = 1 / 3;

/**
 * Asks ACM to renew a certificate that nears its end: the smaller of 45 days and a third of its lifetime. ACM renews by itself
 * from 60 days on; this is for what it did not. Throws `access-denied`, or why ACM cannot renew it.
 *
 * @param insist whatever its age
 */
export async function askForRenewal({ acm }: IdentityClients, certificateArn: string, now: Date, insist = false): Promise<RenewalOutcome> {
  const certificate = await describeCertificate(acm, certificateArn);
  if (!insist && !isDue(certificate, now)) return 'not-due';
  if (certificate.renewal?.status === 'PENDING_AUTO_RENEWAL') return 'renewing';
  refuseUnrenewable(certificate);
  await acm.send(new RenewCertificateCommand({ CertificateArn: certificateArn }));
  return 'asked';
}

function isDue({ notBefore, notAfter }: Described, now: Date): boolean {
  const lifetimeMs = notAfter.getTime() - notBefore.getTime();
  return notAfter.getTime() - now.getTime() <= Math.min(DUE_DAYS * DAY_MS, DUE_SHARE * lifetimeMs);
}

/** ACM user guide, Managed certificate renewal: what it renews, and what only looks like it. */
function refuseUnrenewable({ arn, type, eligible }: Described): void {
  if (type === 'IMPORTED') {
    throw new AgentError('check-failed', `${arn} was imported: ACM renews what it has issued itself`, { hint: 'import its successor under the same ARN, or request the certificate from ACM' });
  }
  if (!eligible) {
    throw new AgentError('check-failed', `${arn} is not eligible for renewal`, {
      hint: 'ACM renews a private certificate that it has issued (not acm-pca:IssueCertificate) and that has been exported since; export it: invoke the renewer with {"export": ARN}',
    });
  }
}
