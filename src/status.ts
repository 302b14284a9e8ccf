import type { AgentError } from './errors.ts';
import type { Generation } from './generation/generation.ts';
import type { CertificateFacts, Material, RevocationFacts } from './material/material.ts';
import type { ManifestSecret } from './mesh/manifest.ts';

/** How far a secret has come on its way to the wire. */
export type Stage = 'missing' | 'delivered' | 'proven';

export interface SecretStatus {
  readonly name: string;
  readonly kind: 'identity' | 'trust';
  readonly reference: string;
  /** Descriptions of the sources. */
  readonly sources: readonly string[];
  readonly stage: Stage;
  /** What is held; absent while missing. */
  readonly sourceVersion?: string;
  readonly certificates?: readonly CertificateFacts[];
  /** Revocation lists of a bundle. */
  readonly revocation?: readonly RevocationFacts[];
  /** The last failure since the last success, as people read it. */
  readonly problem?: { readonly code: string; readonly message: string; readonly hint: string | undefined; readonly at: Date };
  /** What Envoy refused or did not use, and is not offered again until the source holds something else. */
  readonly refused?: { readonly sourceVersion: string; readonly serials: readonly string[]; readonly message: string; readonly since: Date };
}

/** How many messages were what, and why nothing is heard at the moment. */
export interface Notices {
  readonly tally: Readonly<Record<string, number>>;
  readonly problem: AgentError | undefined;
}

export interface Status {
  readonly endpoint: string;
  readonly generation: number;
  readonly envoy: { readonly state: 'starting' | 'running' | 'hanging' | 'restarting' | 'draining' | 'exited'; readonly pid: number | undefined };
  /** Envoy has run with everything proven, once at least. */
  readonly hasBeenReady: boolean;
  readonly secrets: readonly SecretStatus[];
  /** What MTLS_NOTICES has brought; absent without it. */
  readonly notices?: Notices;
  /** Until when, on the monotonic clock, the loop may be silent before it counts as stuck. */
  readonly silentUntilMs: number;
}

export type Event =
  | { readonly kind: 'envoy'; readonly state: Status['envoy']['state']; readonly pid?: number | undefined }
  | { readonly kind: 'delivered'; readonly generation: Generation }
  | { readonly kind: 'proven'; readonly names: readonly string[] }
  | { readonly kind: 'unproven'; readonly names: readonly string[] }
  | { readonly kind: 'failed'; readonly name: string; readonly error: AgentError; readonly at: Date }
  | { readonly kind: 'recovered'; readonly name: string; readonly at: Date }
  | { readonly kind: 'refused'; readonly name: string; readonly sourceVersion: string; readonly serials: readonly string[]; readonly error: AgentError; readonly at: Date }
  | { readonly kind: 'went-back' }
  | { readonly kind: 'rotated'; readonly tookMs: number }
  | { readonly kind: 'attempted'; readonly outcome: 'delivered' | 'unchanged' | 'failed' }
  | { readonly kind: 'notices'; readonly notices: Notices }
  | { readonly kind: 'turn'; readonly silentUntilMs: number };

export function initialStatus(endpoint: string, secrets: readonly { secret: ManifestSecret; sources: readonly string[] }[]): Status {
  return {
    endpoint,
    generation: 0,
    envoy: { state: 'starting', pid: undefined },
    hasBeenReady: false,
    secrets: secrets.map(({ secret: { name, kind, reference }, sources }) => ({ name, kind, reference, sources, stage: 'missing' })),
    silentUntilMs: Number.POSITIVE_INFINITY,
  };
}

/** The state after an event. Observations change what we say, never what is delivered. */
export function reduce(status: Status, event: Event): Status {
  const next = change(status, event);
  const isReady = next.generation > 0 && next.envoy.state === 'running' && next.secrets.every(({ stage }) => stage === 'proven');
  return isReady && !next.hasBeenReady ? { ...next, hasBeenReady: true } : next;
}

function change(status: Status, event: Event): Status {
  switch (event.kind) {
    case 'envoy':
      return { ...status, envoy: { state: event.state, pid: event.pid ?? status.envoy.pid } };
    case 'delivered':
      return { ...status, generation: event.generation.number, secrets: status.secrets.map((secret) => deliver(secret, event.generation.materials.get(secret.name))) };
    case 'proven':
      return update(status, event.names, (secret) => (secret.stage === 'delivered' ? { ...secret, stage: 'proven' } : secret));
    case 'unproven':
      return update(status, event.names, (secret) => (secret.stage === 'proven' ? { ...secret, stage: 'delivered' } : secret));
    case 'failed': {
      const { code, message, hint } = event.error;
      return update(status, [event.name], (secret) => ({ ...secret, problem: { code, message, hint, at: event.at } }));
    }
    case 'refused': {
      const { sourceVersion, serials, error, at } = event;
      return update(status, [event.name], (secret) => ({ ...secret, refused: { sourceVersion, serials, message: error.message, since: at } }));
    }
    case 'recovered':
      return update(status, [event.name], withoutProblem);
    // counted, and nothing to say of the state
    case 'went-back':
    case 'rotated':
    case 'attempted':
      return status;
    case 'notices':
      return { ...status, notices: event.notices };
    case 'turn':
      return { ...status, silentUntilMs: event.silentUntilMs };
  }
}

function update(status: Status, names: readonly string[], changed: (secret: SecretStatus) => SecretStatus): Status {
  return { ...status, secrets: status.secrets.map((secret) => (names.includes(secret.name) ? changed(secret) : secret)) };
}

function withoutProblem(secret: SecretStatus): SecretStatus {
  const { problem, refused, ...rest } = secret;
  return problem === undefined && refused === undefined ? secret : rest;
}

function deliver(secret: SecretStatus, material: Material | undefined): SecretStatus {
  if (material === undefined) return secret;
  const certificates = material.kind === 'identity' ? [material.leaf, ...material.intermediates] : material.anchors;
  const revocation = material.kind === 'trust' ? material.revocation : [];
  return { ...secret, stage: 'delivered', sourceVersion: material.sourceVersion, certificates, revocation };
}

/** Why the endpoint is not ready, in the words of `/ready`; undefined when it is. Envoy's own state is asked separately. */
export function unreadyReason({ envoy, secrets }: Status, now: Date): string | undefined {
  if (envoy.state !== 'running') return `envoy is ${envoy.state}`;
  for (const { name, kind, stage, certificates = [], revocation = [], problem } of secrets) {
    if (stage === 'missing') return `${kind} ${name} is missing${problem === undefined ? '' : `: ${problem.message}`}`;
    if (stage === 'delivered') return `${kind} ${name} is delivered and not proven`;
    // of a bundle one anchor in force is enough, of an identity leaf and intermediates count
    const isOver = ({ notAfter }: CertificateFacts): boolean => notAfter < now;
    const over = kind === 'trust' ? certificates.every(isOver) : certificates.some(isOver);
    if (over) return `${kind} ${name} has expired`;
    const stale = revocation.find(({ nextUpdate }) => nextUpdate !== undefined && nextUpdate < now);
    // Envoy refuses every peer by it
    if (stale !== undefined) return `the revocation list of ${stale.issuer} in ${kind} ${name} has expired`;
  }
  return undefined;
}

/**
 * Why an orchestrator should replace the task; undefined: it should not. An expired or unproven certificate is no reason:
 * the next task would have the same one, and a fleet would be replaced in a circle.
 */
export function unhealthyReason({ envoy, hasBeenReady, silentUntilMs }: Status, monotonicMs: number): string | undefined {
  if (monotonicMs > silentUntilMs) return 'the loop has not turned for longer than it may';
  if (!hasBeenReady) return 'it has not been ready yet';
  return envoy.state === 'running' || envoy.state === 'draining' ? undefined : `envoy is ${envoy.state}`;
}

/** The holder of the current state: events go in, readers look. */
export class StatusBoard {
  #status: Status;
  readonly #listeners: ((event: Event) => void)[] = [];

  constructor(initial: Status) {
    this.#status = initial;
  }

  get current(): Status {
    return this.#status;
  }

  /** From now on `hear` is told every event, after it has changed the state. */
  listen(hear: (event: Event) => void): void {
    this.#listeners.push(hear);
  }

  note(event: Event): void {
    this.#status = reduce(this.#status, event);
    for (const hear of this.#listeners) hear(event);
  }
}
