import { expect, it } from 'vitest';
import { dialableListeners, secretUses } from '../../src/envoy/secret-use.ts';

const isOurs = (config: unknown): boolean => (config as { readonly ours?: boolean }).ours === true;
const secret = (name: string, ours = true): object => ({ name, sds_config: { ours } });
const tls = (fields: object, common: object = {}): object => ({ transport_socket: { name: 'tls', typed_config: { '@type': 'T', common_tls_context: { tls_certificate_sds_secret_configs: [secret('identity')], ...common }, ...fields } } });
const listener = (chains: readonly object[], fields: object = {}): object => ({ name: 'in', address: { socket_address: { address: '0.0.0.0', port_value: 8443 } }, filter_chains: chains, ...fields });

it('counts one use per filter chain and cluster, the default chain and transport socket matches included', () => {
  const listeners = [listener([tls({}), tls({})], { default_filter_chain: tls({}) })];
  const clusters = [{ name: 'out', ...tls({}), transport_socket_matches: [tls({})] }];
  const uses = secretUses({ listeners, clusters }, isOurs);
  expect(uses.map(({ role, owner }) => [role, owner])).toEqual([['server', 'in'], ['server', 'in'], ['server', 'in'], ['client', 'out'], ['client', 'out']]);
});

it('finds trust in both places where Envoy takes it, and passes over the secrets of others', () => {
  const plain = tls({}, { tls_certificate_sds_secret_configs: [secret('other', false)], validation_context_sds_secret_config: secret('trust') });
  const combined = tls({}, { combined_validation_context: { validation_context_sds_secret_config: secret('trust') } });
  const uses = secretUses({ listeners: [listener([plain, combined])], clusters: [] }, isOurs);
  expect(uses.map(({ kind, name }) => [kind, name])).toEqual([['trust', 'trust'], ['identity', 'identity'], ['trust', 'trust']]);
});

it('finds a context inside another transport socket', () => {
  const wrapped = { transport_socket: { name: 'starttls', typed_config: { tls_socket_config: (tls({}) as { transport_socket: { typed_config: object } }).transport_socket.typed_config } } };
  expect(secretUses({ listeners: [listener([wrapped])], clusters: [] }, isOurs)).toHaveLength(1);
});

it('passes over what is no listener', () => {
  expect(secretUses({ listeners: [null, 'x', {}, { filter_chains: 'x' }], clusters: [null, { transport_socket: [] }] }, isOurs)).toEqual([]);
  expect(dialableListeners({ listeners: [null, 'x', {}], clusters: [] }, isOurs)).toEqual([]);
});

it('tells where a handshake shows which secret is served', () => {
  const of = (...listeners: readonly object[]): unknown => dialableListeners({ listeners, clusters: [] }, isOurs);
  expect(of(listener([tls({ require_client_certificate: true })], { stat_prefix: 'web' }))).toEqual([{ statPrefix: 'web', host: '127.0.0.1', port: 8443, tls: 'mutual', identity: 'identity' }]);
  expect(of(listener([tls({})]))).toEqual([{ statPrefix: '0.0.0.0_8443', host: '127.0.0.1', port: 8443, tls: 'one-way', identity: 'identity' }]);
  const untold = [{ statPrefix: '0.0.0.0_8443', host: '127.0.0.1', port: 8443, tls: 'none' }];
  // which chain answers depends on what the client says
  expect(of(listener([tls({}), tls({})]))).toEqual(untold);
  expect(of(listener([tls({}, { tls_params: { tls_maximum_protocol_version: 'TLSv1_2' } })]))).toEqual(untold);
  expect(of({ ...listener([tls({})]), address: { pipe: { path: '/run/x' } } })).toEqual([]);
});
