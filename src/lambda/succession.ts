import { createHash, X509Certificate } from 'node:crypto';
import { AgentError } from '../errors.ts';
import { parseIdentity } from '../material/identity.ts';
import { SecretText } from '../material/secret-text.ts';
import type { IdentityClients, Stored, Surroundings } from './export-identity.ts';
import { type TrustClients, authorityPem, storeTrust } from './export-trust.ts';
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
  const anchors = new Map([...blocks(bundle), ...blocks(added)].map((pem) => [fingerprint(pem), pem]));
  return store(clients, trustSecretId, [...anchors.values(), ...lists(bundle)].join(''), now);
}

async function moveLeaf(clients: SuccessionClients, { identity, trustSecretId, holdMinutes = HOLD_MINUTES }: Extract<Step, { step: 'move-leaf' }>, surroundings: Surroundings): Promise<Stored> {
  await held(await readBundle(clients, trustSecretId), trustSecretId, holdMinutes, surroundings.now());
  const { versionId } = await syncIdentity(clients, identity, surroundings, true);
  return { versionId };
}

/** In an emergency at once and whoever still presents a leaf of it: what is removed is refused from the next connection on. */
async function removeAnchor(clients: SuccessionClients, step: Extract<Step, { step: 'remove-anchor' }>, { now }: Surroundings): Promise<Stored> {
  const { trustSecretId, authorityArn, identitySecretIds, holdMinutes = HOLD_MINUTES, emergency = false } = step;
  const gone = new Set(blocks(await authorityPem(clients.acmPca, authorityArn)).map(fingerprint));
  if (!emergency) for (const secretId of identitySecretIds) await refuseWhileIssuing(clients, secretId, gone, holdMinutes, now());
  const { bundle } = await readBundle(clients, trustSecretId);
  const left = blocks(bundle).filter((pem) => !gone.has(fingerprint(pem)));
  const issuers = new Set(left.map((pem) => new X509Certificate(pem).subject));
  if (issuers.size === 0) throw new AgentError('trust-empty', `without ${authorityArn} nothing is left in ${trustSecretId}`, { hint: 'add its successor first' });
  // a list of a CA that is gone would be refused with the whole bundle
  return store(clients, trustSecretId, [...left, ...(left.length === blocks(bundle).length ? lists(bundle) : [])].join(''), now);
}

/** Throws while a leaf of the CA is in use, or its successor is too young for every task to have it. */
async function refuseWhileIssuing({ secretsManager }: SuccessionClients, secretId: string, gone: ReadonlySet<string>, holdMinutes: number, now: Date): Promise<void> {
  const { text, createdAt } = await readVersion(secretsManager, secretId);
  const document = new SecretText(text);
  const { leaf } = await parseIdentity({ version: '', text: document }, { roles: [], names: [], now });
  const { CertificateChain = '' } = JSON.parse(text) as { readonly CertificateChain?: string };
  if (blocks(CertificateChain).some((pem) => gone.has(fingerprint(pem)))) {
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
  const token = createHash('sha256').update(`${secretId}\n${bundle}`).digest('hex');
  return storeTrust(secretsManager, { secretId, token, bundle }, now);
}

function blocks(pem: string): string[] {
  return (pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []).map((block) => `${block}\n`);
}

function lists(pem: string): string[] {
  return (pem.match(/-----BEGIN X509 CRL-----[\s\S]*?-----END X509 CRL-----/g) ?? []).map((block) => `${block}\n`);
}

function fingerprint(pem: string): string {
  return new X509Certificate(pem).fingerprint256;
}
