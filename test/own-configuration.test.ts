import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseConfig } from '../src/config/parse.ts';
import { type OwnPlan, planOwnConfiguration } from '../src/own-configuration.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'own-'));
});
afterEach(() => rm(directory, { recursive: true }));

const GRPC = '{resource_api_version: V3, api_config_source: {api_type: GRPC, transport_api_version: V3, grpc_services: [{envoy_grpc: {cluster_name: agent_sds}}]}}';
const context = (fields: string): string => `transport_socket: {name: tls, typed_config: {"@type": x, common_tls_context: {${fields}}}}`;
const IDENTITY = `tls_certificate_sds_secret_configs: [{name: identity, sds_config: ${GRPC}}]`;
const TRUST = `validation_context_sds_secret_config: {name: trust, sds_config: ${GRPC}}`;
const LISTENER = `{name: in, address: {socket_address: {address: 127.0.0.1, port_value: 8443}}, filter_chains: [{${context(IDENTITY)}}]}`;

/** The least that serves TLS, unless changed. */
async function plan({ file = `static_resources: {listeners: [${LISTENER}]}`, settings = {}, words = [] }: { file?: string; settings?: Record<string, string>; words?: string[] } = {}): Promise<OwnPlan> {
  const path = join(directory, 'envoy.yaml');
  await writeFile(path, file);
  return planOwnConfiguration(path, words, await parseConfig({ MTLS_IDENTITY: 'secret:web', MTLS_DIR: '/run/agent', ...settings }));
}

describe('to a file of one TLS listener', () => {
  it('is added what it lacks: node, admin socket and the cluster agent_sds', async () => {
    const { configuration, adminAddress, warnings } = await plan();
    expect(configuration.addition).toMatchObject({
      node: { id: 'mtls-agent', cluster: 'mtls-agent' },
      admin: { address: { pipe: { path: '/run/agent/envoy-admin.sock', mode: 0o600 } } },
      static_resources: { clusters: [{ name: 'agent_sds' }] },
    });
    expect(adminAddress).toBe('unix:/run/agent/envoy-admin.sock');
    expect(warnings).toEqual([]);
  });

  it('belongs one identity, in the role of a server', async () => {
    expect((await plan()).manifest.secrets).toEqual([{ name: 'identity', kind: 'identity', reference: 'identity', roles: ['server'], names: [], consumers: 1 }]);
  });

  it('belongs what Envoy has by now, not what the file said', async () => {
    const { manifest, configuration } = await plan();
    expect(configuration.manifestOf({ listeners: [], clusters: [] }).secrets).toMatchObject([{ name: 'identity', consumers: 0 }]);
    expect(configuration.manifestOf({ listeners: [], clusters: [] }).listeners).toEqual([]);
    expect(manifest.listeners).toMatchObject([{ port: 8443, identity: 'identity' }]);
  });
});

describe('what the file has is left alone', () => {
  it.each([
    ['admin: {address: {socket_address: {address: 0.0.0.0, port_value: 9901}}}', '127.0.0.1:9901'],
    ['admin: {address: {pipe: {path: /run/own.sock}}}', 'unix:/run/own.sock'],
  ])('%s', async (admin, address) => {
    const { configuration, adminAddress } = await plan({ file: `${admin}\nstatic_resources: {listeners: [${LISTENER}]}` });
    expect(configuration.addition).not.toHaveProperty('admin');
    expect(adminAddress).toBe(address);
  });

  it('its node, and the node that Envoy is told by arguments', async () => {
    expect((await plan({ file: `node: {id: web-1, cluster: web}\nstatic_resources: {listeners: [${LISTENER}]}` })).configuration.addition).not.toHaveProperty('node');
    expect((await plan({ words: ['--service-node', 'web-1', '--service-cluster=web'] })).configuration.addition).not.toHaveProperty('node');
  });

  it('with files it needs no cluster of ours, and refers to MTLS_DIR', async () => {
    const files = LISTENER.replace(GRPC, '{path_config_source: {path: /run/agent/sds/identity.json}}');
    const { configuration, manifest } = await plan({ file: `static_resources: {listeners: [${files}]}`, settings: { MTLS_DELIVERY: 'files' } });
    expect(configuration.addition).not.toHaveProperty('static_resources');
    expect(manifest.secrets).toMatchObject([{ name: 'identity', consumers: 1 }]);
  });
});

describe('refused is', () => {
  it.each([
    ['a cluster agent_sds of its own', { file: 'static_resources: {clusters: [{name: agent_sds}]}' }, /defines the cluster agent_sds itself/],
    ['another name', { file: `static_resources: {listeners: [${LISTENER.replace('name: identity', 'name: web')}]}` }, /asks the agent for the identity secret web/],
    ['a mesh beside it', { settings: { MTLS_MESH: 'mesh' } }, /MTLS_MESH asks to compile another one/],
  ])('%s', async (_what, change, why) => {
    await expect(plan(change)).rejects.toMatchObject({ code: 'config-invalid', exitCode: 78, message: expect.stringMatching(why) as string });
  });
});

describe('warned is', () => {
  it('of a cluster that sorts before agent_sds and uses it, by bytes', async () => {
    const clusters = ['Web', 'agent_sdr', 'agent_sds2', 'backend'].map((name) => `{name: ${name}, ${context(TRUST)}}`);
    const { warnings } = await plan({ file: `static_resources: {clusters: [${clusters.join(', ')}]}`, settings: { MTLS_IDENTITY: '', MTLS_TRUST: 'secret:ca' } });
    expect(warnings.map(({ message }) => /the cluster (\S+)/.exec(message)?.[1])).toEqual(['Web', 'agent_sdr']);
  });

  it('of a source that nothing in the file asks for', async () => {
    const { warnings, manifest } = await plan({ settings: { MTLS_TRUST: 'secret:ca' } });
    expect(warnings).toMatchObject([{ message: expect.stringContaining('MTLS_TRUST is set') as string }]);
    expect(manifest.secrets.map(({ name }) => name)).toEqual(['identity']);
  });

  it('not where listeners come later: they may ask for it', async () => {
    const { warnings, manifest } = await plan({ file: `dynamic_resources: {lds_config: {path_config_source: {path: /x}}}\nstatic_resources: {listeners: [${LISTENER}]}`, settings: { MTLS_TRUST: 'secret:ca' } });
    expect(warnings).toEqual([]);
    expect(manifest.secrets.map(({ name }) => name)).toEqual(['identity', 'trust']);
  });
});
