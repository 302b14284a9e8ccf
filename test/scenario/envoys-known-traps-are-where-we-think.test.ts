import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { parseCerts } from '../../src/envoy/certs.ts';
import { probeLeaf } from '../../src/envoy/probe.ts';
import { AgentError } from '../../src/errors.ts';
import { parseIdentity } from '../../src/material/identity.ts';
import type { Identity, Material, TrustBundle } from '../../src/material/material.ts';
import { parseTrust } from '../../src/material/trust.ts';
import { sdsCluster } from '../../src/mesh/cluster.ts';
import { secretName } from '../../src/mesh/secret.ts';
import { type Delivery, downstreamTls, upstreamTls } from '../../src/mesh/transport-socket.ts';
import { Acknowledgements } from '../../src/sds/acknowledgements.ts';
import { serveSds } from '../../src/sds/server.ts';
import { Snapshot } from '../../src/sds/snapshot.ts';
import { bindSocket } from '../../src/sds/socket.ts';
import type { Heard } from '../../src/sds/subscription.ts';
import { createPki, createSide, identitySecret, trustSecret } from '../fixtures/pki.ts';
import { type Bootstrap, type RealEnvoy, startEnvoy } from '../fixtures/real-envoy.ts';

const [IDENTITY, TRUST] = [secretName('identity', 'own'), secretName('trust', 'peers')];
const never = new AbortController().signal;

let good: Identity;
let renewed: Identity;
let mismatched: Identity;
let trust: TrustBundle;
beforeAll(async () => {
  const now = systemClock.now();
  const { teller, gateway } = await createPki();
  const parse = (text: ReturnType<typeof identitySecret>): Promise<Identity> => parseIdentity({ version: 'v', text }, { roles: ['server'], names: [], now });
  good = await parse(identitySecret(teller.leaf));
  renewed = await parse(identitySecret((await createSide('colorteller')).leaf));
  // what no parser of ours lets through
  mismatched = { ...good, key: renewed.key, fingerprint: 'mismatched' };
  trust = parseTrust([{ version: 'v', text: trustSecret(gateway.root) }], now);
});

/** A hand-made server without our order, our revisions and our parser, and an Envoy that asks it. */
let snapshot: Snapshot;
let acknowledgements: Acknowledgements;
let heard: Heard[];
let delivery: Delivery;
beforeEach(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'trap-'));
  delivery = { delivery: 'sds', directory };
  const socket = await bindSocket(join(directory, 'sds.sock'));
  snapshot = new Snapshot();
  acknowledgements = new Acknowledgements();
  heard = [];
  serveSds(socket, snapshot, (stream, event) => {
    if (event.kind !== 'closed') heard.push(event);
    acknowledgements.observe(stream, event);
  });
  onTestFinished(async () => {
    await socket.close();
    await rm(directory, { recursive: true });
  });
});

/** Envoy's answer to this offer. */
async function offer(name: string, material: Material, revision = 0): Promise<'acknowledged' | 'refused'> {
  const version = snapshot.set(name, material, revision);
  return acknowledgements.wait(name, version, AbortSignal.timeout(10_000)).then(
    () => 'acknowledged',
    (cause: unknown) => {
      if (!(cause instanceof AgentError) || cause.code !== 'delivery-refused') throw cause;
      return 'refused';
    },
  );
}

function bootstrap(listeners: readonly object[], clusters: readonly object[]): Bootstrap {
  return { node: { id: 'trap', cluster: 'trap' }, static_resources: { listeners, clusters: [sdsCluster(delivery.directory), ...clusters] } };
}

function listener(): object {
  const transport_socket = downstreamTls({ identity: 'own', permissive: false, clients: { trust: 'peers', names: [] } }, 'http', delivery);
  const manager = {
    name: 'http',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
      stat_prefix: 'trap',
      route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, direct_response: { status: 200 } }] }] },
      http_filters: [{ name: 'router', typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' } }],
    },
  };
  return { name: 'tls', address: { socket_address: { address: '127.0.0.1', port_value: 0 } }, filter_chains: [{ transport_socket, filters: [manager] }] };
}

function cluster(name: string): object {
  return { name, connect_timeout: '1s', transport_socket: upstreamTls({ sni: 'x.example', identity: 'own', server: { trust: 'peers', names: [] } }, 'http', delivery) };
}

/** How many TLS contexts present this identity. */
async function contextsWith({ leaf }: Identity, envoy: RealEnvoy): Promise<number> {
  return parseCerts(await envoy.admin.get('/certs', AbortSignal.timeout(5_000))).filter((context) => context.leaf === leaf.serial).length;
}

test('the identical refused secret under another version is acknowledged and not applied: only changed bytes are looked at', async () => {
  const envoy = await startEnvoy(bootstrap([listener()], []));
  expect([await offer(TRUST, trust), await offer(IDENTITY, good)]).toEqual(['acknowledged', 'acknowledged']);
  expect(await offer(IDENTITY, mismatched)).toBe('refused');
  expect(await offer(IDENTITY, { ...mismatched, fingerprint: 'another version' })).toBe('acknowledged');
  const port = await envoy.port('tls');
  expect(await probeLeaf({ host: '127.0.0.1', port }, never)).toBe(good.leaf.serial);
  // the revision that our sink counts up after a NACK changes the bytes, and the answer is honest again
  expect(await offer(IDENTITY, mismatched, 1)).toBe('refused');
  expect(await offer(IDENTITY, renewed, 1)).toBe('acknowledged');
  await expect.poll(() => probeLeaf({ host: '127.0.0.1', port }, never)).toBe(renewed.leaf.serial);
});

test('identity before trust, and the first one bad: the second consumer is stuck until trust changes (Envoy issue 42438)', async () => {
  const envoy = await startEnvoy(bootstrap([], [cluster('first'), cluster('second')]));
  snapshot.set(IDENTITY, mismatched, 0);
  await expect.poll(() => heard.some((event) => event.kind !== 'subscribed' && event.kind !== 'stale' && event.name === IDENTITY)).toBe(true);
  await offer(TRUST, trust);
  expect(heard.some(({ kind }) => kind === 'refused')).toBe(true);
  expect(await offer(IDENTITY, good, 1)).toBe('acknowledged');
  expect(await contextsWith(good, envoy)).toBe(1);
  expect(await offer(IDENTITY, renewed, 2)).toBe('acknowledged');
  expect(await contextsWith(renewed, envoy)).toBe(1);
  // what our sink does after every refusal: all is new, trust first
  await offer(TRUST, trust, 1);
  expect(await offer(IDENTITY, renewed, 3)).toBe('acknowledged');
  await expect.poll(() => contextsWith(renewed, envoy)).toBe(2);
});

test('trust before identity, as our sink has it: both consumers recover from a bad identity by the next good one', async () => {
  const envoy = await startEnvoy(bootstrap([], [cluster('first'), cluster('second')]));
  await offer(TRUST, trust);
  expect(await offer(IDENTITY, mismatched)).toBe('refused');
  expect(await offer(IDENTITY, good, 1)).toBe('acknowledged');
  await expect.poll(() => contextsWith(good, envoy)).toBe(2);
});

test('an empty pair is refused, and a trust that is pushed after it takes the context away: so nothing empty is ever pushed', async () => {
  const envoy = await startEnvoy(bootstrap([listener()], []));
  await offer(TRUST, trust);
  await offer(IDENTITY, good);
  const empty = { ...good, chainPem: '', key: { export: () => '' }, fingerprint: 'empty' } as unknown as Identity;
  expect(await offer(IDENTITY, empty)).toBe('refused');
  const address = { host: '127.0.0.1', port: await envoy.port('tls') };
  expect(await probeLeaf(address, never)).toBe(good.leaf.serial);
  expect(await offer(TRUST, trust, 1)).toBe('acknowledged');
  expect(await contextsWith(good, envoy)).toBe(0);
  await expect(probeLeaf(address, AbortSignal.timeout(5_000))).rejects.toThrow();
  expect(await offer(IDENTITY, renewed)).toBe('acknowledged');
  await expect.poll(() => probeLeaf(address, never)).toBe(renewed.leaf.serial);
});
