import { describe, expect, test } from 'vitest';
import { parseCerts } from '../../src/envoy/certs.ts';
import { normalSerial } from '../../src/material/serial.ts';
import { DELIVERIES, TELLER_CA, startMesh } from '../fixtures/running-mesh.ts';

const never = new AbortController().signal;

describe.each(DELIVERIES)('by %s', (delivery) => {
  test('an external client gets the colour through both over mutual TLS (promises 1, 15-17, 19, 20, 22, 91-94)', async () => {
    const { ask, app, teller, gateway, first } = await startMesh({ delivery });
    expect(await ask()).toEqual({ status: 200, body: 'yellow' });
    expect(app.requests).toBe(1);
    // what ColorTeller's Envoy verified is the certificate from the gateway's secret
    expect(app.seen).toMatchObject({ serial: first.gateway.serial, names: ['colorgateway.mtls.svc.cluster.local'], issuer: 'CN=gateway root' });
    expect(await teller.counter('listener.0.0.0.0_15000.ssl.handshake')).toBe(1);
    expect(await teller.counter('listener.0.0.0.0_15000.ssl.no_certificate')).toBe(0);
    expect(await gateway.counter('cluster.cds_egress_mtls_colorteller_http_15000.ssl.handshake')).toBe(1);
    // the gateway is a client only: it has no TLS listener
    expect(await gateway.envoy.get('/stats', never)).not.toMatch(/^listener\.0\.0\.0\.0_9080\.ssl\./m);
  });

  test('each Envoy holds its own leaf and the root of the other side before the first request (promises 29, 35, 76, 77, 84, 88)', async () => {
    const { aws, teller, gateway, first, authorities } = await startMesh({ delivery });
    const rootOf = (arn: string): string => normalSerial(aws.privateCa.authority(arn).certificate.serialNumber);
    expect(parseCerts(await gateway.envoy.get('/certs', never))).toEqual([{ leaf: first.gateway.serial, anchors: [rootOf(TELLER_CA)] }]);
    expect(parseCerts(await teller.envoy.get('/certs', never))).toEqual([{ leaf: first.teller.serial, anchors: [rootOf(authorities.gateway)] }]);
    // natively from the CA, not from a secret
    expect(aws.calls.of('GetCertificateAuthorityCertificate').at(-1)).toMatchObject({ resource: TELLER_CA, error: undefined });
  });

  test('the same with an issuing CA between root and leaf, as AWS advises (promise 25)', async () => {
    const { ask, app, teller, gateway } = await startMesh({ delivery, intermediates: true });
    expect(await ask()).toEqual({ status: 200, body: 'yellow' });
    expect(app.seen?.issuer).toBe('CN=gateway issuing');
    expect(await teller.counter('listener.0.0.0.0_15000.ssl.no_certificate')).toBe(0);
    for (const agent of [teller, gateway]) {
      const { secrets } = await agent.status();
      expect(secrets.map(({ kind, certificates }) => [kind, certificates.length]).sort()).toEqual([['identity', 2], ['trust', 2]]);
    }
  });
});
