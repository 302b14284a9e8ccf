import { expect, it } from 'vitest';
import { envoyAdmin } from '../../src/envoy/admin.ts';
import { readResources } from '../../src/envoy/resources.ts';
import { startFakeAdmin } from '../fixtures/fake-admin.ts';

const never = new AbortController().signal;

it('takes what is active, static and dynamic, and not the copy in the bootstrap', async () => {
  const dump = {
    configs: [
      { '@type': 'BootstrapConfigDump', bootstrap: { static_resources: { listeners: [{ name: 'static' }] } } },
      { '@type': 'ClustersConfigDump', static_clusters: [{ cluster: { name: 'c1' } }], dynamic_active_clusters: [{ cluster: { name: 'c2' } }], dynamic_warming_clusters: [{ cluster: { name: 'c3' } }] },
      { '@type': 'ListenersConfigDump', static_listeners: [{ listener: { name: 'l1' } }], dynamic_listeners: [{ active_state: { listener: { name: 'l2' } } }, { warming_state: { listener: { name: 'l3' } } }] },
    ],
  };
  const { address } = await startFakeAdmin({ 'GET /config_dump': JSON.stringify(dump) });
  expect(await readResources(envoyAdmin(address), never)).toEqual({ listeners: [{ name: 'l1' }, { name: 'l2' }], clusters: [{ name: 'c1' }, { name: 'c2' }] });
});

it('says so when the answer is something else', async () => {
  const { address } = await startFakeAdmin({ 'GET /config_dump': '<html>' });
  await expect(readResources(envoyAdmin(address), never)).rejects.toMatchObject({ code: 'envoy-unreachable', message: expect.stringContaining('<html>') as string });
});
