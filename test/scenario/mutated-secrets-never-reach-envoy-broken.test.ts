import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sdsCluster } from '../../src/mesh/cluster.ts';
import { parseIdentity } from '../../src/material/identity.ts';
import type { Material } from '../../src/material/material.ts';
import { normalSerial } from '../../src/material/serial.ts';
import { parseTrust } from '../../src/material/trust.ts';
import { secretName } from '../../src/mesh/secret.ts';
import { type Delivery, downstreamTls, upstreamTls } from '../../src/mesh/transport-socket.ts';
import { Acknowledgements } from '../../src/sds/acknowledgements.ts';
import { serveSds } from '../../src/sds/server.ts';
import { Snapshot } from '../../src/sds/snapshot.ts';
import { type BoundSocket, bindSocket } from '../../src/sds/socket.ts';
import { judge } from '../fixtures/fuzz-verdict.ts';
import { NOW, createPki, identitySecret, trustSecret } from '../fixtures/pki.ts';
import { type Bootstrap, readyEnvoy } from '../fixtures/real-envoy.ts';
import { createCorpus } from '../fixtures/secret-corpus.ts';
import { mutateSecret, seededRandom } from '../fixtures/secret-mutations.ts';

const SEED = 20_261_124;

/** Three consumers, each with a secret of its own, so that what Envoy refuses in one place hurts no other. */
const [SERVER, CLIENT, TRUST, FIXED] = ['server', 'client', 'trust', 'fixed'];

let directory: string;
let socket: BoundSocket;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mutated-'));
  socket = await bindSocket(join(directory, 'sds.sock'));
});
afterEach(async () => {
  await socket.close();
  await rm(directory, { recursive: true });
});

test('whatever the parser lets through, Envoy takes and serves', { timeout: 240_000 }, async () => {
  const { gateway } = await createPki();
  const fetched = { version: 'v1', text: identitySecret(gateway.leaf) };
  const good = await parseIdentity(fetched, { roles: ['client', 'server'], names: [], now: NOW });
  const anchors = parseTrust([{ version: 'v1', text: trustSecret(gateway.root) }], NOW);
  const snapshot = new Snapshot();
  const acknowledgements = new Acknowledgements();
  const offer = (reference: string, material: Material): Promise<void> => {
    const name = secretName(material.kind, reference);
    return acknowledgements.wait(name, snapshot.set(name, material, 0), AbortSignal.timeout(10_000));
  };
  serveSds(socket, snapshot, acknowledgements.observe);
  const started = [offer(SERVER, good), offer(CLIENT, good), offer(FIXED, good), offer(TRUST, anchors), offer(FIXED, anchors)];
  const envoy = await readyEnvoy(bootstrap({ delivery: 'sds', directory }));
  await Promise.all(started);
  const port = await envoy.port('server');

  const refused: string[] = [];
  const count = { identity: 0, trust: 0 };
  for (const { how, reference, material } of await survivors()) {
    count[material.kind]++;
    await offer(reference, material).catch((thrown: unknown) => refused.push(`${how}: ${String(thrown)}\n${material.kind === 'trust' ? material.pem : material.chainPem}`));
    if (reference === SERVER && material.kind === 'identity') await served(port, material.leaf.serial, how);
  }
  expect(refused).toEqual([]);
  expect(await envoy.stats('sds.*update_rejected')).not.toMatch(/update_rejected: [1-9]/);
  // enough of both kinds for the seed to have meant something
  expect(count.identity).toBeGreaterThanOrEqual(10);
  expect(count.trust).toBeGreaterThan(100);
});

interface Survivor {
  readonly how: string;
  readonly reference: string;
  readonly material: Material;
}

/** What the parser makes of mutated secrets, equal material once in each place. */
async function survivors(): Promise<Survivor[]> {
  const random = seededRandom(SEED);
  const corpus = await createCorpus();
  const bundles = corpus.slice(-3);
  const found = new Map<string, Survivor>();
  const keep = (reference: string, how: string, material: Material): void => void found.set(`${reference} ${material.fingerprint}`, { how, reference, material });
  for (let run = 0; run < 300; run++) {
    const { text, how } = mutateSecret(corpus, random);
    const [client, server, , trust] = (await judge(text)).verdicts;
    if (client && 'material' in client) keep(CLIENT, how, client.material);
    if (server && 'material' in server) keep(SERVER, how, server.material);
    if (trust && 'material' in trust) keep(TRUST, how, trust.material);
  }
  // an anchor is signed by nobody whom we hold: a flipped bit in it shows least
  for (let run = 0; run < 1_500; run++) {
    const { text, how } = mutateSecret(bundles, random);
    const [, , , trust] = (await judge(text)).verdicts;
    if (trust && 'material' in trust) keep(TRUST, how, trust.material);
  }
  return [...found.values()];
}

/** The new leaf on the wire: Envoy acknowledges before its worker has taken the new context. */
async function served(port: number, serial: string, how: string): Promise<void> {
  await expect.poll(() => serialOnTheWire(port), { timeout: 5_000, interval: 5, message: how }).toBe(serial);
}

function serialOnTheWire(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const client = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
      resolve(normalSerial(client.getPeerCertificate().serialNumber));
      client.destroy();
    });
    client.on('error', () => resolve(undefined));
  });
}

function bootstrap(delivery: Delivery): Bootstrap {
  const address = { socket_address: { address: '127.0.0.1', port_value: 0 } };
  const filters = [{ name: 'echo', typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo' } }];
  const listener = (name: string, transport_socket: object): object => ({ name, address, filter_chains: [{ transport_socket, filters }] });
  return {
    node: { id: 'mutated', cluster: 'mutated' },
    static_resources: {
      listeners: [
        listener('server', downstreamTls({ identity: SERVER, permissive: false, clients: undefined }, 'http', delivery)),
        listener('trust', downstreamTls({ identity: FIXED, permissive: false, clients: { trust: TRUST, names: [] } }, 'http', delivery)),
      ],
      clusters: [
        sdsCluster(delivery.directory),
        {
          name: 'client',
          load_assignment: { cluster_name: 'client', endpoints: [] },
          transport_socket: upstreamTls({ sni: 'x.mesh.local', identity: CLIENT, server: { trust: FIXED, names: [] } }, 'http', delivery),
        },
      ],
    },
  };
}
