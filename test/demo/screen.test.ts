import { expect, it } from 'vitest';
import type { DemoResult } from '../../src/demo/result.ts';
import { render } from '../../src/demo/screen.ts';

const who = (name: string): DemoResult['server'] => ({ subject: `CN=${name}`, names: [`${name}.example`], serial: '0a', issuer: 'CN=ca', notAfter: '2027-01-01T00:00:00Z' });
const RESULT: DemoResult = {
  mode: 'mtls',
  delivery: 'sds',
  ports: { gateway: 1, teller: 2, app: 3 },
  colour: 'yellow',
  server: who('teller'),
  client: who('gateway'),
  statistics: ['listener.0.0.0.0_15000.ssl.handshake: 1'],
  verdict: { sentence: 'mutual TLS', pass: true },
  refusals: [{ name: 'expired certificate', refused: true, counter: 'ssl.fail_verify_error', moved: 1, seen: 'certificate expired' }],
  pass: true,
};

it('fits one screen and has no colours where there is no terminal', () => {
  const text = render(RESULT, false);
  expect(text.split('\n').length).toBeLessThan(40);
  expect(text).not.toContain('\u001b');
  expect(text).toContain('✔ refused  expired certificate');
});

it('marks an intruder that got in', () => {
  expect(render({ ...RESULT, refusals: RESULT.refusals.map((refusal) => ({ ...refusal, refused: false })) }, false)).toContain('✘ LET IN   expired certificate');
});

it('says of one-way TLS that it asks for no client certificate', () => {
  const oneWay = Object.fromEntries(Object.entries({ ...RESULT, mode: 'one-way' }).filter(([key]) => key !== 'client')) as unknown as DemoResult;
  expect(render(oneWay, false)).toContain('ColorGateway presented none');
});

it('colours on a terminal', () => {
  expect(render(RESULT, true)).toContain('\u001b[');
});
