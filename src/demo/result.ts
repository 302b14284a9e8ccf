import type { SeenClient } from './color-teller.ts';
import type { Refusal } from './intruders.ts';
import type { DemoOptions } from './options.ts';

/** What the demo found out; `--json` prints it as it is. */
export interface DemoResult {
  readonly mode: DemoOptions['mode'];
  readonly delivery: DemoOptions['delivery'];
  readonly ports: DemoOptions['ports'];
  readonly colour: string;
  /** What ColorTeller serves on the wire. */
  readonly server: SeenClient;
  /** What ColorTeller's Envoy saw of ColorGateway; absent in one-way mode. */
  readonly client?: SeenClient;
  /** Counters in Envoy's own form. */
  readonly statistics: readonly string[];
  readonly verdict: { readonly sentence: string; readonly pass: boolean };
  readonly refusals: readonly Refusal[];
  /** Everything held. */
  readonly pass: boolean;
}
