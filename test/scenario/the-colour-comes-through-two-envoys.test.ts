import { describe, expect, test } from 'vitest';
import { parseCounters } from '../../src/envoy/counters.ts';
import type { EnvoyAdmin } from '../../src/envoy/admin.ts';
import { DELIVERIES, startMesh } from '../fixtures/running-mesh.ts';

const never = new AbortController().signal;

async function counter(envoy: EnvoyAdmin, name: string): Promise<number> {
  return parseCounters(await envoy.get('/stats', never)).get(name) ?? 0;
}

describe.each(DELIVERIES)('by %s', (delivery) => {
  test('an external client gets the colour through both over mutual TLS (promises 1, 15-17, 19, 20, 22, 91-94)', async () => {
    const { ask, app, teller, gateway, first } = await startMesh({ delivery });
    expect(await ask()).toEqual({ status: 200, body: 'yellow' });
    expect(app.requests).toBe(1);
    // what ColorTeller's Envoy verified is the certificate from the gateway's secret
    expect(app.seen).toMatchObject({ serial: first.gateway.serial, names: ['colorgateway.mtls.svc.cluster.local'], issuer: 'CN=gateway root' });
    expect(await counter(teller.envoy, 'listener.0.0.0.0_15000.ssl.handshake')).toBe(1);
    expect(await counter(teller.envoy, 'listener.0.0.0.0_15000.ssl.no_certificate')).toBe(0);
    expect(await counter(gateway.envoy, 'cluster.cds_egress_mtls_colorteller_http_15000.ssl.handshake')).toBe(1);
    // the gateway is a client only: it has no TLS listener
    expect(await gateway.envoy.get('/stats', never)).not.toMatch(/^listener\.0\.0\.0\.0_9080\.ssl\./m);
  });
});
