import type { ECSClient } from '@aws-sdk/client-ecs';
import type { Logger } from '../log.ts';
import { causeOf, hintForRenewal } from './causes.ts';
import type { Surroundings } from './export-identity.ts';
import { type ManagedIdentity, askForRenewal, syncIdentity } from './renewal.ts';
import { type Occasion, readOccasion } from './occasion.ts';
import { type RolledService, advanceRollout } from './rollout.ts';
import { readVersion } from './secret-version.ts';
import { type SuccessionClients, takeStep } from './succession.ts';

export interface RenewerSettings {
  readonly identities: readonly ManagedIdentity[];
  /** Replaced after a renewal, in this order; empty: tasks reload. */
  readonly services: readonly RolledService[];
}

export interface RenewerPorts extends Surroundings {
  readonly clients: SuccessionClients & { readonly ecs: ECSClient };
  readonly log: Logger;
}

/** What was done, for whoever invoked it by hand. */
export interface Report {
  readonly occasion: Occasion['kind'];
  readonly done: readonly Readonly<Record<string, string>>[];
  readonly failed: readonly Readonly<Record<string, string>>[];
}

/**
 * Keeps secrets at what ACM has. Every occasion is only a reason to look: what is done follows from what ACM, the secret and
 * ECS say now, so that events may come twice, late, or never. Rejects when trying again may help, and Lambda then does; what
 * a person has to mend is logged as an error, which raises the alarm.
 */
export async function renew(event: unknown, settings: RenewerSettings, ports: RenewerPorts): Promise<Report> {
  const occasion = readOccasion(event);
  const run = new Run(settings, ports);
  await run.take(occasion);
  ports.log.info('occasion', { occasion: occasion.kind, done: run.done, failed: run.failed.length });
  if (run.transient !== undefined) throw run.transient;
  return { occasion: occasion.kind, done: run.done, failed: run.failed };
}

class Run {
  readonly done: Readonly<Record<string, string>>[] = [];
  readonly failed: Readonly<Record<string, string>>[] = [];
  /** The first failure that may be over in a minute. */
  transient: Error | undefined;
  readonly #settings: RenewerSettings;
  readonly #ports: RenewerPorts;

  constructor(settings: RenewerSettings, ports: RenewerPorts) {
    this.#settings = settings;
    this.#ports = ports;
  }

  async take(occasion: Occasion): Promise<void> {
    switch (occasion.kind) {
      case 'ends-soon':
        return this.#each(occasion.certificateArns, (identity) => this.#ask(identity, false));
      case 'available':
        await this.#each(occasion.certificateArns, (identity) => this.#sync(identity, false));
        return this.#roll();
      case 'sweep':
        await this.#each(undefined, async (identity) => {
          await this.#sync(identity, false);
          await this.#ask(identity, false);
        });
        return this.#roll();
      case 'deployed':
        return this.#roll();
      case 'renew':
        return this.#each([occasion.certificateArn], (identity) => this.#ask(identity, true));
      case 'export':
        await this.#each([occasion.certificateArn], (identity) => this.#sync(identity, true));
        return this.#roll();
      case 'renewal-failed':
        return this.#each(occasion.certificateArns, (identity) => this.#tellFailure(identity, occasion.reason));
      case 'succession':
        return this.#attempt('trustSecretId' in occasion.step ? occasion.step.trustSecretId : '', async () => {
          const { versionId } = await takeStep(this.#ports.clients, occasion.step, this.#ports);
          this.done.push({ step: occasion.step.step, versionId });
        });
      case 'ignored':
        this.done.push({ ignored: occasion.why });
    }
  }

  /** Of those that are ours: a certificate that nobody put into the stack is nobody's business here. */
  async #each(certificateArns: readonly string[] | undefined, work: (identity: ManagedIdentity) => Promise<void>): Promise<void> {
    const { identities } = this.#settings;
    const chosen = certificateArns === undefined ? identities : identities.filter(({ certificateArn }) => certificateArns.includes(certificateArn));
    if (chosen.length === 0) this.done.push({ ignored: 'no certificate of this stack' });
    for (const identity of chosen) await this.#attempt(identity.certificateArn, () => work(identity));
  }

  /** One that fails holds back no other. */
  async #attempt(resource: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      const { error, permanent } = causeOf(thrown, resource);
      this.failed.push({ resource, code: error.code, message: error.message });
      this.#ports.log.error('renewal-failed', { resource, code: error.code, message: error.message, hint: error.hint, permanent });
      if (!permanent) this.transient ??= error;
    }
  }

  async #sync(identity: ManagedIdentity, insist: boolean): Promise<void> {
    const { clients, log } = this.#ports;
    const { outcome, versionId, serial } = await syncIdentity(clients, identity, this.#ports, insist);
    this.done.push({ secret: identity.secretId, outcome, serial });
    if (outcome === 'rolled-back') log.warn('rolled-back', { secret: identity.secretId, versionId, message: 'an older version was made current by hand, and stays', hint: 'invoke the renewer with {"export": ARN} to end that' });
    if (outcome === 'moved') log.warn('moved', { secret: identity.secretId, message: 'the secret holds a newer certificate of another ARN', hint: "set that ARN in the stack's parameters" });
  }

  async #ask({ certificateArn }: ManagedIdentity, insist: boolean): Promise<void> {
    const outcome = await askForRenewal(this.#ports.clients, certificateArn, this.#ports.now(), insist);
    this.done.push({ certificate: certificateArn, outcome });
  }

  async #tellFailure({ certificateArn }: ManagedIdentity, reason: string | undefined): Promise<void> {
    this.#ports.log.error('renewal-failed', { resource: certificateArn, message: `ACM cannot renew it: ${reason ?? 'no reason given'}`, hint: hintForRenewal(reason), permanent: true });
    this.failed.push({ resource: certificateArn, code: reason ?? '', message: hintForRenewal(reason) });
    return Promise.resolve();
  }

  /** The next step of replacing tasks, where that is chosen; their secrets must be younger than the tasks are. */
  async #roll(): Promise<void> {
    const { identities, services } = this.#settings;
    // a deployment before the new version is written would bring the old one once more
    if (services.length === 0 || this.failed.length > 0) return;
    await this.#attempt(services.map(({ service }) => service).join(', '), async () => {
      const { clients } = this.#ports;
      const versions = await Promise.all(identities.map(({ secretId }) => readVersion(clients.secretsManager, secretId)));
      const since = new Date(Math.max(...versions.map(({ createdAt }) => createdAt.getTime())));
      this.done.push({ rollout: await advanceRollout(clients.ecs, services, since) });
    });
  }
}
