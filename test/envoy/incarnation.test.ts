import { expect, test } from 'vitest';
import { envoyAdmin } from '../../src/envoy/admin.ts';
import { readIncarnation } from '../../src/envoy/incarnation.ts';
import { startFakeAdmin } from '../fixtures/fake-admin.ts';

const never = new AbortController().signal;

test('reads start time and version out of the masked bootstrap dump', async () => {
  const version = { major_number: 1, minor_number: 40 };
  const bootstrap = { node: { user_agent_build_version: { version } } };
  const dump = { configs: [{ '@type': 'type.googleapis.com/envoy.admin.v3.BootstrapConfigDump', last_updated: '2026-11-23T21:36:24.108Z', bootstrap }] };
  const { address } = await startFakeAdmin({ 'GET /config_dump': JSON.stringify(dump) });
  expect(await readIncarnation(envoyAdmin(address), never)).toEqual({ startedAt: '2026-11-23T21:36:24.108Z', version: { major: 1, minor: 40 } });
});

test.each(['not JSON', '{}', '{"configs":[]}'])('an answer like %j is an error, not an unknown start', async (body) => {
  const { address } = await startFakeAdmin({ 'GET /config_dump': body });
  await expect(readIncarnation(envoyAdmin(address), never)).rejects.toMatchObject({ code: 'envoy-unreachable' });
});
