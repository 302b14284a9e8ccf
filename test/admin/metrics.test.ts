import { beforeAll, describe, expect, it } from 'vitest';
import { Metrics } from '../../src/admin/metrics.ts';
import { AgentError } from '../../src/errors.ts';
import { succeed } from '../../src/generation/generation.ts';
import { parseIdentity } from '../../src/material/identity.ts';
import type { Identity, Material, TrustBundle } from '../../src/material/material.ts';
import { SecretText } from '../../src/material/secret-text.ts';
import { parseTrust } from '../../src/material/trust.ts';
import { type Event, StatusBoard, initialStatus } from '../../src/status.ts';
import { manifestSecret } from '../fixtures/pipeline.ts';
import { NOW, VALID, createPki, identitySecret } from '../fixtures/pki.ts';
import { revocationList } from '../fixtures/revocation.ts';

let identity: Identity;
let trust: TrustBundle;
beforeAll(async () => {
  const pki = await createPki();
  identity = await parseIdentity({ version: 'v7', text: identitySecret(pki.gateway.leaf) }, { roles: ['client'], names: [], now: NOW });
  const bundle = pki.teller.root.certificatePem + (await revocationList(pki.teller.root, { nextUpdate: new Date(NOW.getTime() + 3_600_000) }));
  trust = parseTrust([{ version: 't1', text: new SecretText(JSON.stringify({ TrustBundle: bundle })) }], NOW);
});

/** The samples after these events, `name{labels} value` as Prometheus would read them. */
async function after(...events: readonly Event[]): Promise<readonly string[]> {
  const board = new StatusBoard(
    initialStatus('virtualNode/colorteller', [
      { secret: manifestSecret('identity', 'identity'), sources: ['secret:color/teller'] },
      { secret: manifestSecret('trust', 'trust'), sources: ['secret:color/trust', 'arn:aws:acm-pca:x'] },
    ]),
  );
  const metrics = new Metrics(board.current);
  for (const event of events) {
    board.note(event);
    metrics.note(event);
  }
  return (await metrics.render(board.current)).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

const delivered = (): Event => ({ kind: 'delivered', generation: succeed(undefined, new Map<string, Material>([['identity', identity], ['trust', trust]])) });
const failed = (code: AgentError['code']): Event => ({ kind: 'failed', name: 'trust', error: new AgentError(code, 'x'), at: NOW });
const refused = (code: AgentError['code']): Event => ({ kind: 'refused', name: 'identity', sourceVersion: 'v8', serials: ['1'], error: new AgentError(code, 'x'), at: NOW });

describe('the metrics of the contract', () => {
  it('tell when leaf, anchors and revocation lists end, in seconds', async () => {
    const ends = VALID.notAfter.getTime() / 1_000;
    const samples = await after(delivered());
    expect(samples).toContain(`mtls_agent_certificate_not_after_timestamp_seconds{name="identity",role="leaf"} ${ends}`);
    expect(samples).toContain(`mtls_agent_certificate_not_after_timestamp_seconds{name="trust",role="anchor"} ${ends}`);
    expect(samples).toContain(`mtls_agent_crl_next_update_timestamp_seconds{name="trust"} ${(NOW.getTime() + 3_600_000) / 1_000}`);
  });

  it('tell version and serial that are held, and whether Envoy was seen to use them', async () => {
    const samples = await after(delivered(), { kind: 'proven', names: ['trust'] });
    expect(samples).toContain(`mtls_agent_secret_info{name="identity",source_version="v7",serial="${identity.leaf.serial}"} 1`);
    expect(samples).toContain('mtls_agent_proven{name="identity"} 0');
    expect(samples).toContain('mtls_agent_proven{name="trust"} 1');
  });

  it('hold nothing of what is missing but that it is not proven', async () => {
    const samples = await after();
    expect(samples).toContain('mtls_agent_proven{name="identity"} 0');
    expect(samples.filter((line) => /not_after|secret_info|crl/.test(line))).toEqual([]);
  });

  it('count looks by their outcome, zero included, so that a rate has a beginning', async () => {
    const samples = await after({ kind: 'attempted', outcome: 'unchanged' }, { kind: 'attempted', outcome: 'unchanged' }, { kind: 'attempted', outcome: 'delivered' });
    for (const [outcome, count] of [['unchanged', 2], ['delivered', 1], ['failed', 0]] as const) expect(samples).toContain(`mtls_agent_reconciles_total{outcome="${outcome}"} ${count}`);
  });

  it('count NACKs apart from proofs that failed, and what was taken back', async () => {
    const samples = await after(refused('delivery-refused'), refused('proof-failed'), { kind: 'went-back' });
    expect(samples).toContain('mtls_agent_nacks_total{name="identity"} 1');
    expect(samples).toContain('mtls_agent_nacks_total{name="trust"} 0');
    expect(samples).toContain('mtls_agent_rollbacks_total 1');
  });

  it('count failures of each source by code, those of Envoy not among them', async () => {
    const samples = await after(failed('source-throttled'), failed('source-throttled'), failed('delivery-refused'), failed('proof-failed'));
    expect(samples).toContain('mtls_agent_source_errors_total{source="secret:color/trust",code="source-throttled"} 2');
    expect(samples.filter((line) => line.startsWith('mtls_agent_source_errors_total'))).toHaveLength(2);
  });

  it('tell when each source was last read', async () => {
    const samples = await after({ kind: 'recovered', name: 'identity', at: NOW });
    expect(samples).toContain(`mtls_agent_last_success_timestamp_seconds{source="secret:color/teller"} ${NOW.getTime() / 1_000}`);
  });

  it('tell how long rotations take, as a histogram in seconds', async () => {
    const samples = await after({ kind: 'rotated', tookMs: 32 }, { kind: 'rotated', tookMs: 968 });
    expect(samples).toContain('mtls_agent_rotation_duration_seconds_bucket{le="0.05"} 1');
    expect(samples).toContain('mtls_agent_rotation_duration_seconds_bucket{le="1"} 2');
    expect(samples).toContain('mtls_agent_rotation_duration_seconds_sum 1');
  });

  it('count starts of Envoy after the first', async () => {
    const running: Event = { kind: 'envoy', state: 'running', pid: 1 };
    expect(await after(running)).toContain('mtls_agent_envoy_restarts_total 0');
    expect(await after(running, { kind: 'envoy', state: 'exited' }, running)).toContain('mtls_agent_envoy_restarts_total 1');
  });
});
