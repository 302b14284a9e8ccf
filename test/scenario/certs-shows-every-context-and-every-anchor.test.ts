import { expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { parseCerts } from '../../src/envoy/certs.ts';
import { normalSerial } from '../../src/material/serial.ts';
import { readIncarnation } from '../../src/envoy/incarnation.ts';
import type { Expected } from '../../src/envoy/proof.ts';
import { createProver } from '../../src/envoy/prover.ts';
import type { Authority, Issued } from '../../src/demo/pki/authority.ts';
import { client, gatewayBootstrap, server, tellerBootstrap } from '../fixtures/envoy-pair.ts';
import { createPki } from '../fixtures/pki.ts';
import { readyEnvoy } from '../fixtures/real-envoy.ts';

const never = new AbortController().signal;

const serial = ({ certificate }: Authority | Issued): string => normalSerial(certificate.serialNumber);

test('listeners: one element each, with all anchors in the order of the bundle', async () => {
  const { gateway, teller } = await createPki();
  const both = [gateway.root, teller.root];
  const envoy = await readyEnvoy(tellerBootstrap([server(teller.leaf, both), server(teller.leaf, [...both].reverse()), server(teller.leaf, [])]));
  const contexts = parseCerts(await envoy.admin.get('/certs', never));
  // in no particular order
  expect(contexts).toHaveLength(3);
  for (const anchors of [both.map(serial), both.map(serial).reverse(), []]) {
    expect(contexts).toContainEqual({ leaf: serial(teller.leaf), anchors });
  }
});

test('clusters: one element each, with or without a client certificate', async () => {
  const { gateway, teller } = await createPki();
  const envoy = await readyEnvoy(gatewayBootstrap(1, client([teller.root], gateway), client([teller.root])));
  const contexts = parseCerts(await envoy.admin.get('/certs', never));
  expect(contexts).toHaveLength(2);
  expect(contexts).toContainEqual({ leaf: serial(gateway.leaf), anchors: [serial(teller.root)] });
  expect(contexts).toContainEqual({ leaf: undefined, anchors: [serial(teller.root)] });
});

test('serials keep one spelling, a leading zero digit included', async () => {
  const { gateway, teller } = await createPki({ teller: { serial: '0abc' } });
  const envoy = await readyEnvoy(tellerBootstrap([server(teller.leaf, [gateway.root])]));
  expect(parseCerts(await envoy.admin.get('/certs', never))[0]?.leaf).toBe('abc');
});

test('the proof holds for what Envoy serves and for nothing else', async () => {
  const { gateway, teller } = await createPki();
  const envoy = await readyEnvoy(tellerBootstrap([server(teller.leaf, [gateway.root, teller.root])]));
  const port = await envoy.port('ingress-0');
  const identity: Expected = { name: 'identity', kind: 'identity', consumers: 1, serials: [serial(teller.leaf)], older: [] };
  const trust: Expected = { name: 'trust', kind: 'trust', consumers: 1, serials: [teller.root, gateway.root].map(serial), older: [] };
  const listeners = [{ host: '127.0.0.1', port, serial: serial(teller.leaf) }];
  const prover = createProver(envoy.admin, systemClock, 300);
  await prover.prove({ secrets: [identity, trust], bundles: [], listeners }, never);
  const wrong = { code: 'proof-failed' };
  await expect(prover.prove({ secrets: [{ ...identity, consumers: 2 }], bundles: [], listeners: [] }, never)).rejects.toMatchObject(wrong);
  await expect(prover.prove({ secrets: [{ ...trust, serials: [serial(gateway.root)] }], bundles: [], listeners: [] }, never)).rejects.toMatchObject(wrong);
  await expect(prover.prove({ secrets: [], bundles: [], listeners: [{ ...listeners[0]!, serial: serial(gateway.leaf) }] }, never)).rejects.toMatchObject(wrong);
});

test('two runs of one configuration differ in their start, one run does not', async () => {
  const { teller } = await createPki();
  const bootstrap = tellerBootstrap([server(teller.leaf, [])]);
  const one = await readyEnvoy(bootstrap);
  const first = await readIncarnation(one.admin, never);
  expect(await readIncarnation(one.admin, never)).toEqual(first);
  const other = await readIncarnation((await readyEnvoy(bootstrap)).admin, never);
  expect(other.startedAt).not.toBe(first.startedAt);
  expect(first.version.major).toBe(1);
});
