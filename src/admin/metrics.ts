import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { CertificateFacts } from '../material/material.ts';
import type { Event, SecretStatus, Status } from '../status.ts';

/** Prometheus' text format, version 0.0.4. */
export const METRICS_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/** From what an idle machine needs (10 ms) to what an Envoy that reconnects may take (30 s). */
const ROTATION_BUCKETS_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** The metrics of the contract: counters from events as they come, gauges from the state at the moment of asking. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #reconciles = this.#counter('mtls_agent_reconciles_total', 'Looks at the sources, by how they ended', ['outcome']);
  readonly #nacks = this.#counter('mtls_agent_nacks_total', 'Secrets that Envoy refused', ['name']);
  readonly #rollbacks = this.#counter('mtls_agent_rollbacks_total', 'Times that something was taken back from Envoy', []);
  readonly #restarts = this.#counter('mtls_agent_envoy_restarts_total', 'Starts of Envoy after the first', []);
  readonly #sourceErrors = this.#counter('mtls_agent_source_errors_total', 'Failures of sources, by the code of the error', ['source', 'code']);
  readonly #rotations: Histogram;
  readonly #lastSuccess = this.#gauge('mtls_agent_last_success_timestamp_seconds', 'When a source was last read, or found unchanged', ['source']);
  readonly #notAfter = this.#gauge('mtls_agent_certificate_not_after_timestamp_seconds', 'When the certificate that is held ends; of several in a role the first to end', ['name', 'role']);
  readonly #nextUpdate = this.#gauge('mtls_agent_crl_next_update_timestamp_seconds', 'When the revocation list that ends first ends', ['name']);
  readonly #info = this.#gauge('mtls_agent_secret_info', 'Version and serial that are held; always 1', ['name', 'source_version', 'serial']);
  readonly #proven = this.#gauge('mtls_agent_proven', 'Whether Envoy was seen to use what is held', ['name']);
  readonly #sources: ReadonlyMap<string, readonly string[]>;
  #starts = 0;

  constructor({ secrets }: Pick<Status, 'secrets'>) {
    this.#sources = new Map(secrets.map(({ name, sources }) => [name, sources]));
    this.#rotations = new Histogram({ name: 'mtls_agent_rotation_duration_seconds', help: 'From the notice of a change to its proof', buckets: ROTATION_BUCKETS_SECONDS, registers: [this.#registry] });
    for (const outcome of ['delivered', 'unchanged', 'failed']) this.#reconciles.inc({ outcome }, 0);
    for (const { name } of secrets) this.#nacks.inc({ name }, 0);
  }

  /** Counts what there is to count in an event. */
  note(event: Event): void {
    switch (event.kind) {
      case 'attempted':
        this.#reconciles.inc({ outcome: event.outcome });
        break;
      case 'refused':
        // what was not proven was not refused
        if (event.error.code === 'delivery-refused') this.#nacks.inc({ name: event.name });
        break;
      case 'went-back':
        this.#rollbacks.inc();
        break;
      case 'rotated':
        this.#rotations.observe(event.tookMs / 1_000);
        break;
      case 'recovered':
        for (const source of this.#sourcesOf(event.name)) this.#lastSuccess.set({ source }, event.at.getTime() / 1_000);
        break;
      case 'failed':
        if (!DELIVERY.has(event.error.code)) for (const source of this.#sourcesOf(event.name)) this.#sourceErrors.inc({ source, code: event.error.code });
        break;
      case 'envoy':
        // only a start tells a pid: one that hung and runs again, or runs next door, was not started
        if (event.state === 'running' && event.pid !== undefined && (this.#starts += 1) > 1) this.#restarts.inc();
        break;
      case 'delivered':
      case 'proven':
      case 'unproven':
      case 'notices':
      case 'turn':
        break;
    }
  }

  /** Everything, in Prometheus' text format. */
  render({ secrets }: Status): Promise<string> {
    for (const gauge of [this.#notAfter, this.#nextUpdate, this.#info, this.#proven]) gauge.reset();
    for (const secret of secrets) this.#describe(secret);
    return this.#registry.metrics();
  }

  #describe({ name, kind, stage, sourceVersion, certificates = [], revocation = [] }: SecretStatus): void {
    this.#proven.set({ name }, stage === 'proven' ? 1 : 0);
    if (sourceVersion === undefined) return;
    const [leaf, ...intermediates] = certificates;
    const roles = kind === 'trust' ? { anchor: certificates } : { leaf: leaf === undefined ? [] : [leaf], intermediate: intermediates };
    for (const [role, ends] of Object.entries(roles)) if (ends.length > 0) this.#notAfter.set({ name, role }, firstEnd(ends.map(({ notAfter }) => notAfter)));
    const updates = revocation.flatMap(({ nextUpdate }) => nextUpdate ?? []);
    if (updates.length > 0) this.#nextUpdate.set({ name }, firstEnd(updates));
    for (const { serial } of presented(kind, certificates)) this.#info.set({ name, source_version: sourceVersion, serial }, 1);
  }

  /** All of a union: which of them it was, nobody knows here. */
  #sourcesOf(name: string): readonly string[] {
    return this.#sources.get(name) ?? [];
  }

  #counter<L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> {
    return new Counter({ name, help, labelNames: [...labelNames], registers: [this.#registry] });
  }

  #gauge<L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L> {
    return new Gauge({ name, help, labelNames: [...labelNames], registers: [this.#registry] });
  }
}

/** Failures that are Envoy's and not the source's. */
const DELIVERY: ReadonlySet<string> = new Set(['delivery-refused', 'delivery-unacknowledged', 'proof-failed', 'envoy-not-live', 'envoy-unreachable']);

/** Of an identity what it presents as its own, of trust every anchor. */
function presented(kind: SecretStatus['kind'], certificates: readonly CertificateFacts[]): readonly CertificateFacts[] {
  return kind === 'trust' ? certificates : certificates.slice(0, 1);
}

function firstEnd(dates: readonly Date[]): number {
  return Math.min(...dates.map((date) => date.getTime())) / 1_000;
}
