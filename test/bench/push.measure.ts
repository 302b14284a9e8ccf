import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { startLoad } from '../../src/demo/load.ts';
import { probeLeaf } from '../../src/envoy/probe.ts';
import { parseIdentity } from '../../src/material/identity.ts';
import type { Identity } from '../../src/material/material.ts';
import { sdsCluster } from '../../src/mesh/cluster.ts';
import { secretName } from '../../src/mesh/secret.ts';
import { downstreamTls } from '../../src/mesh/transport-socket.ts';
import { serveSds } from '../../src/sds/server.ts';
import { Snapshot } from '../../src/sds/snapshot.ts';
import { bindSocket } from '../../src/sds/socket.ts';
import { serveMinimalSds } from '../fixtures/minimal-sds.ts';
import { createPki, createSide, identitySecret } from '../fixtures/pki.ts';
import { type RealEnvoy, startEnvoy } from '../fixtures/real-envoy.ts';
import { markdown, median } from './table.ts';

const PUSHES = 200;
const GOAL = 2;
const IDENTITY = secretName('identity', 'own');
const HEAD = ['SDS push → new serial on the wire', 'load', 'pushes', 'minimal server p50', 'p99', 'agent p50', 'p99', 'ratio of p50', 'goal'];
const closers: (() => Promise<unknown>)[] = [];

afterAll(() => Promise.all(closers.map((close) => close())));

/** One way to serve secrets, and the Envoy that gets them. */
interface Contestant {
  readonly push: (identity: Identity) => void;
  readonly envoy: RealEnvoy;
  readonly port: number;
}

test('a push to its serial on the wire, against the least that serves SDS', { timeout: 600_000 }, async () => {
  const [even, odd] = await Promise.all([identityOf((await createPki()).teller), identityOf(await createSide('colorteller'))]);
  const minimal = await contestant((path) => serveMinimalSds(path, IDENTITY), even);
  const agent = await contestant(serveAsTheAgent, even);
  const rows: string[][] = [];
  for (const loaded of [false, true]) {
    const loads = loaded ? await Promise.all([minimal, agent].map(async ({ envoy }) => startLoad(await envoy.port('plain'), systemClock))) : [];
    const taken: Record<'minimal' | 'agent', number[]> = { minimal: [], agent: [] };
    for (let push = 1; push <= PUSHES; push += 1) {
      const next = push % 2 === 1 ? odd : even;
      // who comes first changes, so that neither has the quieter half
      const order = push % 4 < 2 ? (['minimal', 'agent'] as const) : (['agent', 'minimal'] as const);
      for (const who of order) taken[who].push(await measure(who === 'minimal' ? minimal : agent, next));
    }
    await Promise.all(loads.map((load) => load.stop()));
    const ratio = median(taken.agent) / median(taken.minimal);
    const both = [taken.minimal, taken.agent].flatMap((values) => [inWords(median(values)), inWords(percentile99(values))]);
    rows.push(['leaf of a TLS listener', loaded ? 'six clients' : 'none', String(PUSHES), ...both, ratio.toFixed(2), `≤ ${GOAL}: ${ratio <= GOAL ? 'reached' : 'missed'}`]);
  }
  process.stdout.write(`\n\`npm run bench:recovery\`, ${new Date().toISOString().slice(0, 10)}, Node ${process.version}.\n\n${markdown(HEAD, rows)}`);
});

/** Milliseconds from the push until a handshake shows its leaf. */
async function measure({ push, port }: Contestant, identity: Identity): Promise<number> {
  await systemClock.sleep(20);
  const start = performance.now();
  push(identity);
  while ((await probeLeaf({ host: '127.0.0.1', port }, AbortSignal.timeout(5_000))) !== identity.leaf.serial);
  return performance.now() - start;
}

async function contestant(serve: (path: string) => Promise<{ push: Contestant['push']; close: () => Promise<unknown> }>, first: Identity): Promise<Contestant> {
  const directory = await mkdtemp(join(tmpdir(), 'push-'));
  const { push, close } = await serve(join(directory, 'sds.sock'));
  closers.push(close, () => rm(directory, { recursive: true }));
  push(first);
  const transport_socket = downstreamTls({ identity: 'own', permissive: false, clients: undefined }, 'http', { delivery: 'sds', directory });
  const listeners = [listener('tls', { transport_socket }), listener('plain', {})];
  const envoy = await startEnvoy({ node: { id: 'push', cluster: 'push' }, static_resources: { listeners, clusters: [sdsCluster(directory)] } });
  await envoy.ready();
  return { push, envoy, port: await envoy.port('tls') };
}

async function serveAsTheAgent(path: string): Promise<{ push: Contestant['push']; close: () => Promise<void> }> {
  const socket = await bindSocket(path);
  const snapshot = new Snapshot();
  serveSds(socket, snapshot, () => undefined);
  return { push: (identity) => void snapshot.set(IDENTITY, identity, 0), close: () => socket.close() };
}

function listener(name: string, tls: object): object {
  const manager = {
    name: 'http',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
      stat_prefix: name,
      route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, direct_response: { status: 200 } }] }] },
      http_filters: [{ name: 'router', typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' } }],
    },
  };
  return { name, address: { socket_address: { address: '127.0.0.1', port_value: 0 } }, filter_chains: [{ ...tls, filters: [manager] }] };
}

async function identityOf({ leaf }: { leaf: Parameters<typeof identitySecret>[0] }): Promise<Identity> {
  return parseIdentity({ version: 'v', text: identitySecret(leaf) }, { roles: ['server'], names: [], now: systemClock.now() });
}

function percentile99(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.ceil(values.length * 0.99) - 1] ?? Number.NaN;
}

function inWords(ms: number): string {
  return `${ms.toFixed(1)} ms`;
}
