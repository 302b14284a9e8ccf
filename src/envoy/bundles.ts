import type { EnvoyAdmin } from './admin.ts';
import { parseCounters } from './counters.ts';

/** A bundle whose revocation lists matter: serials in `/certs` say nothing of them. */
export interface ExpectedBundle {
  /** The secret's SDS name. */
  readonly name: string;
  readonly pem: string;
}

interface Seen {
  readonly pem: string;
  /** `sds.NAME.key_rotation_failed`. */
  readonly failures: number;
}

interface Dump {
  readonly configs?: readonly { readonly name?: string; readonly secret?: { readonly validation_context?: { readonly trusted_ca?: { readonly inline_bytes?: string } } } }[];
}

/**
 * Holds the bundles that Envoy has loaded against what was published. `/config_dump` shows a bundle's text even when Envoy
 * could not load it from files (measured on 1.40), so a failure counted since the last look that was good counts as well.
 */
export class BundleWitness {
  readonly #good = new Map<string, Seen>();

  /** What is wrong, one sentence per bundle; empty: all are in force. */
  async complaints(expected: readonly ExpectedBundle[], admin: EnvoyAdmin, signal: AbortSignal): Promise<readonly string[]> {
    if (expected.length === 0) return [];
    const loaded = parseDump(await admin.get('/config_dump?resource=dynamic_active_secrets', signal));
    const counters = parseCounters(await admin.get('/stats?filter=key_rotation_failed', signal));
    return expected.flatMap(({ name, pem }) => {
      const failures = counters.get(`sds.${name}.key_rotation_failed`) ?? 0;
      const last = this.#good.get(name);
      // after a NACK there is text before the first block
      if (loaded.get(name)?.endsWith(pem) !== true) return [`${name}: the bundle in envoy is not the one that was published, its revocation lists included`];
      if (last !== undefined && last.pem !== pem && failures > last.failures) return [`${name}: envoy could not load the bundle (key_rotation_failed ${last.failures} → ${failures}), see its log`];
      this.#good.set(name, { pem, failures });
      return [];
    });
  }
}

function parseDump(text: string): Map<string, string> {
  const { configs = [] } = JSON.parse(text) as Dump;
  return new Map(configs.map(({ name = '', secret }) => [name, Buffer.from(secret?.validation_context?.trusted_ca?.inline_bytes ?? '', 'base64').toString()]));
}
