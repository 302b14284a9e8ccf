import { describe, expect, it } from 'vitest';
import { clientTlsOf, colorMesh, compiled, GATEWAY, serverTlsOf, TELLER } from '../fixtures/color-mesh.ts';

describe('both sides', () => {
  it('write TLS 1.2 to 1.3 down, since the default maximum of a client is 1.2', async () => {
    const outputs = await compiled(colorMesh('mtls'));
    const parameters = { tls_minimum_protocol_version: 'TLSv1_2', tls_maximum_protocol_version: 'TLSv1_3' };
    expect(clientTlsOf(outputs[GATEWAY])).toHaveProperty('common_tls_context.tls_params', parameters);
    expect(serverTlsOf(outputs[TELLER])).toHaveProperty('common_tls_context.tls_params', parameters);
  });

  it('never resume a session, which would skip the certificate check', async () => {
    const outputs = await compiled(colorMesh('mtls'));
    expect(clientTlsOf(outputs[GATEWAY])).toHaveProperty('max_session_keys', 0);
    expect(serverTlsOf(outputs[TELLER])).toMatchObject({ disable_stateless_session_resumption: true, disable_stateful_session_resumption: true });
  });

  it('wait for their secrets without end, on one stream each that reconnects at once', async () => {
    const outputs = await compiled(colorMesh('mtls'));
    for (const tls of [clientTlsOf(outputs[GATEWAY]), serverTlsOf(outputs[TELLER])]) {
      expect(tls).toHaveProperty('common_tls_context.tls_certificate_sds_secret_configs.0.sds_config', {
        resource_api_version: 'V3',
        initial_fetch_timeout: '0s',
        api_config_source: {
          api_type: 'GRPC',
          transport_api_version: 'V3',
          set_node_on_first_message_only: true,
          grpc_services: [{ envoy_grpc: { cluster_name: 'agent_sds', authority: 'localhost', retry_policy: { retry_back_off: { base_interval: '0.01s', max_interval: '1s' } } } }],
        },
      });
    }
  });
});

it('reads each secret from a file of its own in the file delivery', async () => {
  const outputs = await compiled(colorMesh('mtls'), { delivery: 'files', directory: '/run/x' });
  for (const [tls, output] of [
    [clientTlsOf(outputs[GATEWAY]), outputs[GATEWAY]],
    [serverTlsOf(outputs[TELLER]), outputs[TELLER]],
  ] as const) {
    const name = output?.manifest.secrets.find(({ kind }) => kind === 'identity')?.name;
    const sds_config = { resource_api_version: 'V3', path_config_source: { path: `/run/x/sds/${name ?? ''}.json` } };
    expect(tls).toHaveProperty('common_tls_context.tls_certificate_sds_secret_configs', [{ name, sds_config }]);
  }
});
