import type { Fetched } from '../material/material.ts';

/** Where credentials come from. Failures are AgentErrors whose code says whether looking again can help. */
export interface Source {
  /** For people, never secret: `secret:color/identity`, an ARN, `file:/run/x`. */
  readonly description: string;
  /** How often to look by default, in milliseconds; undefined: cannot change while we run. */
  readonly pollMs: number | undefined;
  /** A path whose change is a reason to look. */
  readonly watched?: string;
  /** How AWS calls what it reads, as far as notices of changes name it: a secret's name or ARN. */
  readonly secretId?: string;
  /** Why this source is a poor one, to be announced once when it is opened. */
  readonly warning?: string;
  /** The version that `fetch` would bring, where that is asked for at less cost; undefined when only `fetch` can tell. */
  version?(signal: AbortSignal): Promise<string | undefined>;
  fetch(signal: AbortSignal): Promise<Fetched>;
}
