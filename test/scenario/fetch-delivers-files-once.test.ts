import { spawn } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SECRETS } from '../../src/demo/credentials.ts';
import { normalSerial } from '../../src/material/serial.ts';
import { readyEnvoy } from '../fixtures/real-envoy.ts';
import { type Mesh, createMesh } from '../fixtures/running-mesh.ts';

const AGENT = `${import.meta.dirname}/../../dist/mtls-agent.cjs`;
const COLOR = `${import.meta.dirname}/../../mesh/color`;

function fetchInto(mesh: Mesh, directory: string, changes: Readonly<Record<string, string>> = {}): Promise<{ readonly code: number | null; readonly output: string }> {
  const environment = {
    ...mesh.aws.environment,
    MTLS_MESH: `${COLOR},${COLOR}/mtls,${join(mesh.place, 'placement.json')}`,
    MTLS_ENDPOINT: 'virtualNode/colorteller',
    MTLS_DIR: directory,
    MTLS_IDENTITY: `secret:${SECRETS.teller}`,
    MTLS_TRUST: `secret:${SECRETS.gatewayTrust}`,
    ...changes,
  };
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [AGENT, 'fetch'], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.once('close', (code) => resolve({ code, output }));
  });
}

function serialIn(directory: string): string {
  const [name = ''] = readdirSync(join(directory, 'current')).filter((each) => readdirSync(join(directory, 'current', each)).includes('tls.crt'));
  return normalSerial(new X509Certificate(readFileSync(join(directory, 'current', name, 'tls.crt'))).serialNumber);
}

test('an Envoy that starts afterwards serves what was fetched; fetched again, the files are the new ones in one step', async () => {
  const mesh = await createMesh();
  const directory = join(mesh.place, 'fetched');
  expect(await fetchInto(mesh, directory)).toMatchObject({ code: 0 });
  expect(serialIn(directory)).toBe(mesh.first.teller.serial);
  const first = readlinkSync(join(directory, 'current'));
  // the fixture asks Envoy by an admin socket of its own
  const bootstrap = JSON.parse(readFileSync(join(directory, 'envoy.json'), 'utf8')) as Record<string, unknown>;
  const envoy = await readyEnvoy({ node: bootstrap.node, static_resources: bootstrap.static_resources });
  expect(await envoy.stats('server.state')).toContain('server.state: 0');
  await envoy.stop();

  const renewed = await mesh.renew('teller');
  expect(await fetchInto(mesh, directory)).toMatchObject({ code: 0 });
  expect(serialIn(directory)).toBe(renewed.serial);
  expect(readlinkSync(join(directory, 'current'))).not.toBe(first);
});

test('what cannot be fetched leaves what was there as it was', async () => {
  const mesh = await createMesh();
  const directory = join(mesh.place, 'fetched');
  await fetchInto(mesh, directory);
  await mesh.put(SECRETS.teller, '{"Certificate":"nonsense"}');
  const { code, output } = await fetchInto(mesh, directory, { MTLS_DEADLINE: '1s' });
  expect(code).toBe(65);
  expect(output).toMatch(/^error: /m);
  expect(output).not.toContain('"event":"proven"');
  expect(serialIn(directory)).toBe(mesh.first.teller.serial);
});
