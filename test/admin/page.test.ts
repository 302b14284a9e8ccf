import { expect, it } from 'vitest';
import type { SecretDocument, StatusDocument } from '../../src/admin/document.ts';
import { renderPage } from '../../src/admin/page.ts';

const NOW = new Date('2026-11-24T12:00:00Z');
const inDays = (days: number): Date => new Date(NOW.getTime() + days * 86_400_000);

const certificate = { subject: 'CN=colorgateway', serial: '4f01', names: ['colorgateway.example'], notBefore: inDays(-1), notAfter: inDays(100), issuer: 'CN=ColorGateway CA' } as SecretDocument['certificates'][number];
const secret: SecretDocument = { name: 'gateway-1', kind: 'identity', reference: '/keys/a', sources: ['secret:color/gateway'], stage: 'proven', sourceVersion: 'v1', certificates: [certificate] };
const document: StatusDocument = { endpoint: 'virtualGateway/colorgateway', generation: 3, ready: true, healthy: true, envoy: { state: 'running', pid: 7 }, secrets: [secret] };

function page(changes: Partial<SecretDocument> = {}, reason?: string): string {
  return renderPage({ document: { ...document, secrets: [{ ...secret, ...changes }] }, reason, now: NOW });
}

it('says who, whether it is ready, and of each secret stage, source, version, serial and end', () => {
  const text = page();
  for (const part of ['<h1>virtualGateway/colorgateway</h1>', '>ready<', 'Envoy is running, pid 7', 'generation 3', '>proven on the wire<', 'secret:color/gateway', '<code>v1</code>', '<code>4f01</code>', '2027-03-04 12:00:00 UTC', '>100 days left<']) {
    expect(text).toContain(part);
  }
});

it.each([
  [100, 'good', '100 days left'],
  [6.5, 'fair', '6 days left'],
  [0.5, 'fair', '12 h left'],
  [-1, 'bad', 'over'],
])('a certificate that ends in %s days is %s', (days, tone, words) => {
  expect(page({ certificates: [{ ...certificate, notAfter: inDays(days) }] })).toContain(`<b class="${tone}">${words}</b>`);
});

it('says why it is not ready, what is wrong and what Envoy refused', () => {
  const text = page({ stage: 'delivered', problem: { code: 'key-mismatch', message: 'two exports', hint: 'export again', at: NOW }, refused: { sourceVersion: 'v2', serials: ['51'], message: 'no', since: NOW } }, 'identity gateway-1 is delivered and not proven');
  for (const part of ['<b class="bad">not ready</b>', 'is delivered and not proven', 'two exports', 'export again', 'refused since 2026-11-24 12:00:00 UTC: version <code>v2</code>, no']) expect(text).toContain(part);
});

it('shows what others wrote and runs none of it', () => {
  const evil = '<script>alert("1")</script>\'&';
  const text = page({ certificates: [{ ...certificate, subject: evil, names: [evil] }], sources: [evil] }, evil);
  expect(text).not.toContain('<script');
  expect(text).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;&amp;');
});
