import { writeFile } from 'node:fs/promises';
import { get as getPlain } from 'node:http';
import { get } from 'node:https';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { SECRETS, TELLER_NAME } from '../../src/demo/credentials.ts';
import { plainKeyPem } from '../fixtures/pki.ts';
import { freePort } from '../fixtures/free-ports.ts';
import type { RunningAgent } from '../fixtures/running-agent.ts';
import { DELIVERIES, type Delivery, type Mesh, createMesh } from '../fixtures/running-mesh.ts';

/** A mesh whose AWS and secrets are used, and whose definitions are not. */
async function startOwn(mesh: Mesh, delivery: Delivery, bootstrap: (directory: string) => object, sources: Readonly<Record<string, string>>, place = 'own'): Promise<RunningAgent> {
  const directory = join(mesh.place, place);
  const file = join(mesh.place, `${place}.yaml`);
  await writeFile(file, JSON.stringify(bootstrap(directory)));
  return mesh.start('teller', { directory, endpoint: '', envoyArguments: ['-c', file], environment: { MTLS_MESH: '', MTLS_ENDPOINT: '', MTLS_IDENTITY: '', MTLS_TRUST: '', MTLS_DELIVERY: delivery, ...sources } });
}

const TYPE = 'type.googleapis.com/envoy.extensions';

function secret(name: string, delivery: Delivery, directory: string): object {
  const api = { api_type: 'GRPC', transport_api_version: 'V3', grpc_services: [{ envoy_grpc: { cluster_name: 'agent_sds', authority: 'localhost' } }] };
  return { name, sds_config: delivery === 'sds' ? { resource_api_version: 'V3', initial_fetch_timeout: '0s', api_config_source: api } : { path_config_source: { path: `${directory}/sds/${name}.json` } } };
}

function manager(action: object): object {
  const typed_config = {
    '@type': `${TYPE}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: 'own',
    route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, ...action }] }] },
    http_filters: [{ name: 'router', typed_config: { '@type': `${TYPE}.filters.http.router.v3.Router` } }],
  };
  return { filters: [{ name: 'http', typed_config }] };
}

const at = (port: number): object => ({ socket_address: { address: '127.0.0.1', port_value: port } });
const socketOf = (side: 'Downstream' | 'Upstream', context: object): object => ({ name: 'tls', typed_config: { '@type': `${TYPE}.transport_sockets.tls.v3.${side}TlsContext`, ...context } });

/** A TLS server that answers by itself; with `clients` it demands a certificate. */
function server(port: number, delivery: Delivery, clients: boolean) {
  return (directory: string): object => {
    const common = { tls_certificate_sds_secret_configs: [secret('identity', delivery, directory)], ...(clients && { validation_context_sds_secret_config: secret('trust', delivery, directory) }) };
    const chain = { transport_socket: socketOf('Downstream', { common_tls_context: common, ...(clients && { require_client_certificate: true }) }), ...manager({ direct_response: { status: 200, body: { inline_string: 'green' } } }) };
    return { static_resources: { listeners: [{ name: 'in', address: at(port), filter_chains: [chain] }] } };
  };
}

/** A plain listener in front of a TLS upstream. */
function client(port: number, upstream: number, delivery: Delivery) {
  return (directory: string): object => {
    const common = { tls_params: { tls_maximum_protocol_version: 'TLSv1_3' }, tls_certificate_sds_secret_configs: [secret('identity', delivery, directory)], validation_context_sds_secret_config: secret('trust', delivery, directory) };
    const cluster = {
      name: 'teller',
      load_assignment: { cluster_name: 'teller', endpoints: [{ lb_endpoints: [{ endpoint: { address: at(upstream) } }] }] },
      transport_socket: socketOf('Upstream', { sni: TELLER_NAME, max_session_keys: 0, common_tls_context: common }),
    };
    return { static_resources: { listeners: [{ name: 'in', address: at(port), filter_chains: [manager({ route: { cluster: 'teller' } })] }], clusters: [cluster] } };
  };
}

/** The status, or why there is none. */
function ask(port: number): Promise<number | string> {
  return new Promise((resolve) => {
    get({ host: '127.0.0.1', port, rejectUnauthorized: false, agent: false }, (response) => resolve(response.resume().statusCode ?? 0)).once('error', (cause) => resolve(cause.message));
  });
}

describe.each(DELIVERIES)('by %s', (delivery) => {
  test('a TLS server: proven on the wire, and rotated', async () => {
    const mesh = await createMesh();
    const port = await freePort();
    const agent = await startOwn(mesh, delivery, server(port, delivery, false), { MTLS_IDENTITY: `secret:${SECRETS.teller}` });
    await agent.ready();
    expect(await ask(port)).toBe(200);
    const renewed = await mesh.renew('teller');
    agent.signal('SIGHUP');
    await agent.took(renewed.version);
    expect(await ask(port)).toBe(200);
    agent.signal('SIGTERM');
    expect(await agent.exited).toBe(0);
  });

  test('a TLS server that demands certificates, and a TLS client that has one: both roles, both secrets', async () => {
    const mesh = await createMesh();
    const [inner, outer] = [await freePort(), await freePort()];
    const teller = await startOwn(mesh, delivery, server(inner, delivery, true), { MTLS_IDENTITY: `secret:${SECRETS.teller}`, MTLS_TRUST: `secret:${SECRETS.gatewayTrust}` });
    const gateway = await startOwn(mesh, delivery, client(outer, inner, delivery), { MTLS_IDENTITY: `secret:${SECRETS.gateway}`, MTLS_TRUST: mesh.authorities.teller }, 'client');
    await Promise.all([teller.ready(), gateway.ready()]);
    expect(await ask(inner)).not.toBe(200);
    const through = (): Promise<number> => new Promise((resolve) => void getPlain({ host: '127.0.0.1', port: outer, agent: false }, (response) => resolve(response.resume().statusCode ?? 0)));
    expect(await through()).toBe(200);
    const renewed = [await mesh.renew('teller'), await mesh.renew('gateway')] as const;
    for (const agent of [teller, gateway]) agent.signal('SIGHUP');
    await Promise.all([teller.took(renewed[0].version), gateway.took(renewed[1].version)]);
    expect(await through()).toBe(200);
    expect((await gateway.status()).secrets.map(({ name, stage }) => [name, stage])).toEqual([['identity', 'proven'], ['trust', 'proven']]);
  });
});

test('static certificates beside ours stay as they are, and count for nothing', async () => {
  const mesh = await createMesh();
  const [ours, theirs] = [await freePort(), await freePort()];
  const { issued } = await mesh.renew('gateway');
  const agent = await startOwn(
    mesh,
    'sds',
    (directory) => {
      const own = server(ours, 'sds', false)(directory) as { static_resources: { listeners: object[] } };
      const certificate = { certificate_chain: { inline_string: issued.certificatePem }, private_key: { inline_string: plainKeyPem(issued.key) } };
      const chain = { transport_socket: socketOf('Downstream', { common_tls_context: { tls_certificates: [certificate] } }), ...manager({ direct_response: { status: 200 } }) };
      own.static_resources.listeners.push({ name: 'theirs', address: at(theirs), filter_chains: [chain] });
      return own;
    },
    { MTLS_IDENTITY: `secret:${SECRETS.teller}` },
  );
  await agent.ready();
  const { version, serial } = await mesh.renew('teller');
  agent.signal('SIGHUP');
  await agent.took(version);
  expect([await served(ours), await served(theirs)]).toEqual([serial, issued.certificate.serialNumber.toLowerCase()]);
});

test('a file that asks for what nobody can bring ends at once with 78', async () => {
  const mesh = await createMesh();
  const agent = await startOwn(mesh, 'sds', server(await freePort(), 'sds', true), { MTLS_IDENTITY: `secret:${SECRETS.teller}` });
  expect(await agent.exited).toBe(78);
  expect(agent.output()).toMatch(/error: no source for trust/);
});

test('a file that Envoy refuses is told by what Envoy says, 78', async () => {
  const mesh = await createMesh();
  const agent = await startOwn(mesh, 'sds', (directory) => ({ ...server(15999, 'sds', false)(directory), nonsense: true }), { MTLS_IDENTITY: `secret:${SECRETS.teller}` });
  expect(await agent.exited).toBe(78);
  expect(agent.output()).toMatch(/error: envoy refuses its configuration: .*nonsense/);
});

function served(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().serialNumber.toLowerCase());
      socket.destroy();
    }).once('error', reject);
  });
}
