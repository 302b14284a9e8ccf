import { X509Certificate } from 'node:crypto';
import { AgentError } from '../errors.ts';
import { parseIdentity } from '../material/identity.ts';
import { parsePem } from '../material/pem.ts';
import { SecretText } from '../material/secret-text.ts';
import type { IdentityClients, Stored, Surroundings } from './export-identity.ts';
import { type TrustClients, authorityPem, storeTrust, trustVersionId } from './export-trust.ts';
import { type ManagedIdentity, syncIdentity } from './renewal.ts';
import { readVersion } from './secret-version.ts';

export type SuccessionClients = IdentityClients & TrustClients;

/**
 * One CA takes over from another in three steps, each when the one before is in use everywhere: its anchor is added to the
 * trust of the peers, leaves move to it, the old anchor is removed.
 */
export type Step =
  | { readonly step: 'add-anchor'; readonly trustSecretId: string; readonly authorityArn: string }
  | { readonly step: 'move-leaf'; readonly identity: ManagedIdentity; readonly trustSecretId: string; readonly holdMinutes?: number }
  | { readonly step: 'remove-anchor'; readonly trustSecretId: string; readonly authorityArn: string; readonly identitySecretIds: readonly string[]; readonly holdMinutes?: number; readonly emergency?: boolean };

/**
 * Agents poll within 72 s, and connections live for 15 minutes: after twice that nobody can be left who does not know. An
 * agent that has not reached AWS for so long has an alarm of its own.
 */
const HOLD_MINUTES = 30;

export function takeStep(clients: SuccessionClients, step: Step, surroundings: Surroundings): Promise<Stored> {
  switch (step.step) {
    case 'add-anchor':
      return addAnchor(clients, step, surroundings);
    case 'move-leaf':
      return moveLeaf(clients, step, surroundings);
    case 'remove-anchor':
      return removeAnchor(clients, step, surroundings);
  }
}

async function addAnchor(clients: SuccessionClients, { trustSecretId, authorityArn }: Extract<Step, { step: 'add-anchor' }>, { now }: Surroundings): Promise<Stored> {
  const { bundle } = await readBundle(clients, trustSecretId);
  const added = await authorityPem(clients.acmPca, authorityArn);
  const anchors = new Set([...blocks(bundle, CERTIFICATE), ...blocks(added, CERTIFICATE)]);
  return store(clients, trustSecretId, [...anchors, ...blocks(bundle, LIST)].join(''), now);
}

async function moveLeaf(clients: SuccessionClients, { identity, trustSecretId, holdMinutes = HOLD_MINUTES }: Extract<Step, { step: 'move-leaf' }>, surroundings: Surroundings): Promise<Stored> {
  await held(await readBundle(clients, trustSecretId), trustSecretId, holdMinutes, surroundings.now());
  const { versionId } = await syncIdentity(clients, identity, surroundings, true);
  return { versionId };
}

/** In an emergency at once and whoever still presents a leaf of it: what is removed is refused from the next connection on. */
async function removeAnchor(clients: SuccessionClients, step: Extract<Step, { step: 'remove-anchor' }>, { now }: Surroundings): Promise<Stored> {
  const { trustSecretId, authorityArn, identitySecretIds, holdMinutes = HOLD_MINUTES, emergency = false } = step;
  const [own = '', ...issuers] = blocks(await authorityPem(clients.acmPca, authorityArn), CERTIFICATE);
  if (!emergency) for (const secretId of identitySecretIds) await refuseWhileIssuing(clients, secretId, own, holdMinutes, now());
  const { bundle } = await readBundle(clients, trustSecretId);
  const anchors = blocks(bundle, CERTIFICATE);
  const left = withoutUseless(anchors.filter((pem) => pem !== own), issuers);
  if (left.length === 0) throw new AgentError('trust-empty', `without ${authorityArn} nothing is left in ${trustSecretId}`, { hint: 'add its successor first' });
  // a list of a CA that is gone would be refused with the whole bundle
  const lists = left.length === anchors.length ? blocks(bundle, LIST) : [];
  return store(clients, trustSecretId, [...left, ...lists].join(''), now);
}

/** The removed CA's own issuers go with it, unless its successor hangs below the same one. */
function withoutUseless(anchors: readonly string[], issuers: readonly string[]): readonly string[] {
  const issues = (issuer: string): boolean => anchors.some((pem) => pem !== issuer && new X509Certificate(pem).checkIssued(new X509Certificate(issuer)));
  return anchors.filter((pem) => !issuers.includes(pem) || issues(pem));
}

/** Throws while a leaf of the CA is in use, or its successor is too young for every task to have it. */
async function refuseWhileIssuing({ secretsManager }: SuccessionClients, secretId: string, authority: string, holdMinutes: number, now: Date): Promise<void> {
  const { text, createdAt } = await readVersion(secretsManager, secretId);
  const { leaf } = await parseIdentity({ version: '', text: new SecretText(text) }, { roles: [], names: [], now });
  const { CertificateChain = '' } = JSON.parse(text) as { readonly CertificateChain?: string };
  if (blocks(CertificateChain, CERTIFICATE).includes(authority)) {
    throw new AgentError('check-failed', `${secretId} holds serial ${leaf.serial}, which that CA has issued`, { hint: 'move the leaf first; if the CA is compromised, "emergency": true removes it at once' });
  }
  await held({ createdAt }, secretId, holdMinutes, now);
}

function held({ createdAt }: { readonly createdAt: Date }, secretId: string, holdMinutes: number, now: Date): Promise<void> {
  const minutes = (now.getTime() - createdAt.getTime()) / 60_000;
  if (minutes >= holdMinutes) return Promise.resolve();
  throw new AgentError('check-failed', `the current version of ${secretId} is ${Math.floor(minutes)} minutes old, ${holdMinutes} are to pass before the next step`, {
    hint: 'every task must have taken it: see mtls_agent_secret_info; "holdMinutes" shortens the wait',
  });
}

async function readBundle({ secretsManager }: SuccessionClients, secretId: string): Promise<{ readonly bundle: string; readonly createdAt: Date }> {
  const { text, createdAt } = await readVersion(secretsManager, secretId);
  const { TrustBundle } = JSON.parse(text) as { readonly TrustBundle?: string };
  if (TrustBundle === undefined) throw new AgentError('layout-unknown', `${secretId} holds no TrustBundle`, { hint: 'is it the secret of an identity' });
  return { bundle: TrustBundle, createdAt };
}

function store({ secretsManager }: SuccessionClients, secretId: string, bundle: string, now: () => Date): Promise<Stored> {
  return storeTrust(secretsManager, { secretId, token: trustVersionId(secretId, bundle), bundle }, now);
}

const CERTIFICATE = 'CERTIFICATE';
const LIST = 'X509 CRL';

/** In their normal form, so that the same certificate is the same text. */
function blocks(pem: string, label: string): string[] {
  return parsePem(pem).filter((block) => block.label === label).map(({ text }) => text);
}
