import { expect, it } from 'vitest';
import { clusterOf, colorMesh, compiled, GATEWAY, TELLER } from '../fixtures/color-mesh.ts';

it('gives Envoy the identity of App Mesh and an admin socket for its own user alone', async () => {
  const outputs = await compiled(colorMesh('mtls'));
  for (const endpoint of [GATEWAY, TELLER]) {
    expect(outputs[endpoint]?.bootstrap).toMatchObject({
      node: { id: `mesh/mtls/${endpoint}`, cluster: `mesh/mtls/${endpoint}` },
      admin: { address: { pipe: { path: '/run/mtls-agent/envoy-admin.sock', mode: 0o600 } } },
    });
  }
});

it('needs no SDS cluster where no secret is asked for, or where secrets come as files', async () => {
  const [plain, files] = await Promise.all([compiled(colorMesh('no-tls')), compiled(colorMesh('mtls'), { delivery: 'files' })]);
  for (const outputs of [plain, files]) expect(clusterOf(outputs[TELLER], 'agent_sds')).toBeUndefined();
});

it('writes the same manifest for both deliveries', async () => {
  const [sds, files] = await Promise.all([compiled(colorMesh('mtls')), compiled(colorMesh('mtls'), { delivery: 'files' })]);
  expect(files[TELLER]?.manifest).toEqual(sds[TELLER]?.manifest);
});
