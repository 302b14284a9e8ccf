import { AwsError } from './aws-error.ts';

/** The staging labels Secrets Manager moves by itself. */
export const CURRENT = 'AWSCURRENT';
export const PREVIOUS = 'AWSPREVIOUS';
/** Of a version that a rotation has not finished; told to nobody. */
export const PENDING = 'AWSPENDING';

/** What a secret holds: text, or binary as base64. */
export type SecretValue = { readonly SecretString: string } | { readonly SecretBinary: string };

export interface Version {
  readonly id: string;
  readonly value: SecretValue;
  readonly createdAt: Date;
  readonly stages: ReadonlySet<string>;
}

type MutableVersion = Version & { readonly stages: Set<string> };

// Secrets Manager keeps about this many and drops the oldest that carry no label
const KEPT = 100;

/** The versions of one secret and the labels on them: a label is on at most one version. */
export class SecretVersions {
  readonly #versions = new Map<string, MutableVersion>();
  readonly #moved: (stage: string, to: string) => void;

  /** `moved` is told of every label that a version gets. */
  constructor(moved: (stage: string, to: string) => void = () => undefined) {
    this.#moved = moved;
  }

  /** Version id → labels, of the labelled versions (DescribeSecret's `VersionIdsToStages`). */
  get stagesById(): Readonly<Record<string, readonly string[]>> {
    const labelled = [...this.#versions.values()].filter(({ stages }) => stages.size > 0);
    return Object.fromEntries(labelled.map(({ id, stages }) => [id, [...stages]]));
  }

  byId(id: string): Version | undefined {
    return this.#versions.get(id);
  }

  byStage(stage: string): Version | undefined {
    return [...this.#versions.values()].find(({ stages }) => stages.has(stage));
  }

  /**
   * Adds a version, or finds it again when the same id comes with the same value; its labels then stay as they are.
   * The first version is always current.
   */
  put(id: string, value: SecretValue, stages: readonly string[], createdAt: Date, arn: string): Version {
    const known = this.#versions.get(id);
    if (known && sameValue(known.value, value)) return known;
    if (known) {
      throw new AwsError(
        'ResourceExistsException',
        `You can't use ClientRequestToken ${id} because that value is already in use for a version of secret ${arn}.`,
      );
    }
    const version: MutableVersion = { id, value, createdAt, stages: new Set() };
    const first = this.#versions.size === 0;
    this.#versions.set(id, version);
    for (const stage of first ? new Set([...stages, CURRENT]) : stages) this.move(stage, id);
    this.#prune();
    return version;
  }

  /** Puts a label on the version `to`, or on none; who loses AWSCURRENT to another becomes AWSPREVIOUS. */
  move(stage: string, to: string | undefined): void {
    const from = this.#versions.get(this.byStage(stage)?.id ?? '');
    if (from?.id === to) return;
    from?.stages.delete(stage);
    if (to !== undefined) this.#versions.get(to)?.stages.add(stage);
    if (to !== undefined) this.#moved(stage, to);
    if (stage === CURRENT && from) this.move(PREVIOUS, from.id);
  }

  #prune(): void {
    for (const { id, stages } of this.#versions.values()) {
      if (this.#versions.size <= KEPT) return;
      if (stages.size === 0) this.#versions.delete(id);
    }
  }
}

function sameValue(one: SecretValue, other: SecretValue): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
