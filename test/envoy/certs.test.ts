import { expect, test } from 'vitest';
import { parseCerts } from '../../src/envoy/certs.ts';

const certificate = (serial: string) => ({ path: '<inline>', serial_number: serial, subject_alt_names: [], days_until_expiration: '1' });

test('reads the leaf and every anchor of each context', () => {
  const text = JSON.stringify({
    certificates: [
      { ca_cert: [certificate('0a'), certificate('0b')], cert_chain: [certificate('4288'), certificate('99')] },
      { ca_cert: [certificate('0b')], cert_chain: [] },
      { ca_cert: [], cert_chain: [certificate('77')] },
    ],
  });
  expect(parseCerts(text)).toEqual([
    { leaf: '4288', anchors: ['a', 'b'] },
    { leaf: undefined, anchors: ['b'] },
    { leaf: '77', anchors: [] },
  ]);
});

test('an Envoy without TLS shows no context', () => {
  expect(parseCerts('{"certificates":[]}')).toEqual([]);
});

test.each(['', '<html>', '{}'])('refuses %j as an answer of /certs', (text) => {
  expect(() => parseCerts(text)).toThrow(/not a list of certificates/);
});
