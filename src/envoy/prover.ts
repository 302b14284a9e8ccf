import type { Clock } from '../clock.ts';
import { AgentError } from '../errors.ts';
import type { EnvoyAdmin } from './admin.ts';
import { BundleWitness, type ExpectedBundle } from './bundles.ts';
import { parseCerts } from './certs.ts';
import { readIncarnation } from './incarnation.ts';
import { probeLeaf, type ProbeTarget } from './probe.ts';
import { type BundleView, type Expected, unproven } from './proof.ts';

/** What must be seen for a delivery to count as proven. */
export interface Claim {
  readonly secrets: readonly Expected[];
  /** Bundles that have revocation lists, or had. */
  readonly bundles: readonly ExpectedBundle[];
  /** Listeners that can be dialled, and the serial they must serve. */
  readonly listeners: readonly (ProbeTarget & { readonly serial: string })[];
}

export interface Prover {
  /**
   * Resolves when Envoy shows all that is claimed.
   *
   * @throws {AgentError} `proof-failed` with both sides if it does not within the limit; `envoy-unreachable` if its admin did not answer; the signal's reason if that comes first
   */
  prove(claim: Claim, signal: AbortSignal): Promise<void>;
}

/** A push is on the wire after 2 to 4 ms when idle and 20 ms under load; three doublings later looking harder is noise. */
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 250;
/** A hundred times the slowest rotation measured under load. */
const LIMIT_MS = 5_000;

export function createProver(admin: EnvoyAdmin, clock: Clock, limitMs: number = LIMIT_MS): Prover {
  const witness = new BundleWitness();
  return {
    async prove(claim, signal) {
      const limit = clock.deadline(limitMs, new Error(`not within ${limitMs} ms`), signal);
      let pauseMs = FIRST_PAUSE_MS;
      let last: unknown = new Error('not looked yet');
      try {
        while ((last = await look(claim, admin, witness, limit)) !== undefined) {
          await clock.sleep(pauseMs, limit);
          pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
        }
      } catch (thrown) {
        if (signal.aborted) throw signal.reason;
        throw failed(last, limitMs, thrown);
      }
    },
  };
}

/** One look: what is wrong, or undefined. Only the end of the limit throws. */
async function look(claim: Claim, admin: EnvoyAdmin, witness: BundleWitness, limit: AbortSignal): Promise<unknown> {
  try {
    const contexts = parseCerts(await admin.get('/certs', limit));
    const complaints = [...unproven(claim.secrets, contexts, await viewOf(claim, admin, limit)), ...(await witness.complaints(claim.bundles, admin, limit))];
    if (complaints.length > 0) return new Error(complaints.join('; '));
    for (const listener of claim.listeners) {
      const served = await probeLeaf(listener, limit);
      if (served !== listener.serial) return new Error(`listener ${listener.host}:${listener.port} serves leaf ${served}, published was ${listener.serial}`);
    }
    return undefined;
  } catch (thrown) {
    if (limit.aborted) throw thrown;
    return thrown;
  }
}

/** The version matters only where a bundle has more than one anchor. */
async function viewOf(claim: Claim, admin: EnvoyAdmin, limit: AbortSignal): Promise<BundleView> {
  if (claim.secrets.every(({ serials, older }) => [serials, ...older].every(({ length }) => length <= 1))) return 'all';
  const { major, minor } = (await readIncarnation(admin, limit)).version;
  return major > 1 || minor >= 40 ? 'all' : 'first';
}

function failed(last: unknown, limitMs: number, cause: unknown): AgentError {
  const why = last instanceof Error ? last.message : String(last);
  const hint = last instanceof AgentError && last.hint !== undefined ? last.hint : 'a context that is missing or keeps an older certificate did not take the push: see the NACKs in the log';
  // nobody has looked: that says nothing of what Envoy uses
  const code = last instanceof AgentError && last.code === 'envoy-unreachable' ? last.code : 'proof-failed';
  const what = code === 'proof-failed' ? 'envoy does not show what was published' : 'nobody could see what envoy uses';
  return new AgentError(code, `${what} within ${limitMs} ms: ${why}`, { cause, hint });
}
