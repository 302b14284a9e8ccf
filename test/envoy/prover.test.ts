import { expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { envoyAdmin } from '../../src/envoy/admin.ts';
import { createProver } from '../../src/envoy/prover.ts';
import type { Expected } from '../../src/envoy/proof.ts';
import { type Answer, type FakeAdmin, startFakeAdmin } from '../fixtures/fake-admin.ts';

const never = new AbortController().signal;
const identity: Expected = { name: 'identity', kind: 'identity', consumers: 1, serials: ['22'], older: [['11']] };
const trust: Expected = { name: 'trust', kind: 'trust', consumers: 1, serials: ['b', 'a'], older: [['a']] };

function certs(leaf: string, ...anchors: string[]): string {
  const list = (serials: string[]): object[] => serials.map((serial) => ({ serial_number: serial }));
  return JSON.stringify({ certificates: [{ cert_chain: list([leaf]), ca_cert: list(anchors) }] });
}

/** `/certs` answers one after the other; the last one for ever. */
function inTurn(...answers: Answer[]): () => Answer {
  return () => (answers.length > 1 ? answers.shift()! : answers[0]!);
}

function prove({ address }: FakeAdmin, secrets: Expected[], limitMs = 5_000, signal = never): Promise<void> {
  return createProver(envoyAdmin(address), systemClock, limitMs).prove({ secrets, bundles: [], listeners: [] }, signal);
}

test('looks again until Envoy shows what was published', async () => {
  const admin = await startFakeAdmin({ 'GET /certs': inTurn(certs('11'), { status: 503, body: 'busy' }, certs('22')) });
  await prove(admin, [identity]);
  expect(admin.asked).toEqual(['GET /certs', 'GET /certs', 'GET /certs']);
});

test('gives up at the limit with both sides', async () => {
  const admin = await startFakeAdmin({ 'GET /certs': certs('11') });
  await expect(prove(admin, [identity], 50)).rejects.toMatchObject({
    code: 'proof-failed',
    message: 'envoy does not show what was published within 50 ms: identity: 0 of 1 TLS contexts show leaf 22, some still the older 11',
  });
});

test('says that the admin was out of reach, which is no failed proof', async () => {
  const admin = envoyAdmin('unix:/nonexistent/admin.sock');
  await expect(createProver(admin, systemClock, 50).prove({ secrets: [identity], bundles: [], listeners: [] }, never)).rejects.toMatchObject({
    code: 'envoy-unreachable',
    message: expect.stringContaining('does not answer') as string,
    hint: expect.stringContaining('is Envoy running') as string,
  });
});

test("ends with the signal's reason when that comes before the limit", async () => {
  const admin = await startFakeAdmin({ 'GET /certs': certs('11') });
  const stop = new AbortController();
  const proven = prove(admin, [identity], 5_000, stop.signal);
  const reason = new Error('shutting down');
  stop.abort(reason);
  await expect(proven).rejects.toBe(reason);
});

test('knows that an Envoy before 1.40 shows only the first anchor of a bundle', async () => {
  const dump = (minor: number): string =>
    JSON.stringify({
      configs: [
        {
          '@type': 'x.BootstrapConfigDump',
          last_updated: '2026-11-23T21:36:24.108Z',
          bootstrap: { node: { user_agent_build_version: { version: { major_number: 1, minor_number: minor } } } },
        },
      ],
    });
  await prove(await startFakeAdmin({ 'GET /certs': certs('22', 'b'), 'GET /config_dump': dump(39) }), [trust]);
  const newer = await startFakeAdmin({ 'GET /certs': certs('22', 'b'), 'GET /config_dump': dump(40) });
  await expect(prove(newer, [trust], 50)).rejects.toMatchObject({ code: 'proof-failed' });
});

test('a listener that serves another leaf is not proven, whatever /certs says', async () => {
  const admin = await startFakeAdmin({ 'GET /certs': certs('22') });
  const prover = createProver(envoyAdmin(admin.address), systemClock, 50);
  const listener = { host: '127.0.0.1', port: 1, serial: '22' };
  await expect(prover.prove({ secrets: [identity], bundles: [], listeners: [listener] }, never)).rejects.toMatchObject({
    code: 'proof-failed',
    message: expect.stringContaining('listener 127.0.0.1:1') as string,
  });
});
