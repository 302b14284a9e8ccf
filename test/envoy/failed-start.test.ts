import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, type Server, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { explainFailedStart } from '../../src/envoy/failed-start.ts';
import type { AgentError } from '../../src/errors.ts';
import type { ManifestListener } from '../../src/mesh/manifest.ts';

let directory: string;
let occupant: Server;
let port: number;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'failed-start-'));
  occupant = createServer();
  await new Promise<void>((resolve) => occupant.listen(0, '127.0.0.1', resolve));
  ({ port } = occupant.address() as AddressInfo);
});
afterEach(async () => {
  await new Promise((resolve) => occupant.close(resolve));
  await rm(directory, { recursive: true });
});

/** What is said of an Envoy with this listener, when asking it for a verdict does `script`. */
async function explain(listener: Partial<ManifestListener>, script: string): Promise<AgentError> {
  const binary = join(directory, 'envoy');
  await writeFile(binary, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const listeners: ManifestListener[] = [{ statPrefix: '0.0.0.0_15000', host: '127.0.0.1', port: 0, tls: 'none', ...listener }];
  return explainFailedStart({ binary, arguments: ['-c', 'envoy.json'], environment: {} }, { mesh: 'color', endpoint: 'virtualNode/colorteller', secrets: [], listeners }, systemClock);
}

it('names the address that is taken', async () => {
  expect(await explain({ port }, 'exit 0')).toMatchObject({ code: 'address-in-use', exitCode: 78, message: `envoy cannot listen on 127.0.0.1:${port}: another process does` });
});

it('names the address that is not ours', async () => {
  // 192.0.2.0/24 is for documentation (RFC 5737)
  expect(await explain({ host: '192.0.2.1' }, 'exit 0')).toMatchObject({ code: 'envoy-refused-configuration', message: expect.stringMatching(/^envoy cannot listen on 192\.0\.2\.1:0: .*EADDRNOTAVAIL/) as string });
});

it("quotes Envoy's verdict on its configuration before all, for Envoy looks there first", async () => {
  expect(await explain({ port }, 'echo "no such field" >&2; exit 1')).toMatchObject({ code: 'envoy-refused-configuration', exitCode: 78, message: 'envoy refuses its configuration: no such field' });
});

it('does not make a reason up where there is none to find', async () => {
  expect(await explain({}, 'exit 0')).toMatchObject({ code: 'envoy-refused-configuration', message: 'envoy ended with 1 before it was LIVE, though it accepts its configuration by itself' });
});
