import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Output } from '../../src/mesh/compile.ts';
import { added, changed, colorMesh, compiled, GATEWAY, speaking, STATES, TELLER } from '../fixtures/color-mesh.ts';
import { envoyPath } from '../fixtures/real-envoy.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'validate-'));
});
afterEach(() => rm(directory, { recursive: true }));

/** What Envoy says to a bootstrap; rejects when it refuses. */
async function validate({ bootstrap, manifest }: Output): Promise<string> {
  // Envoy wants the SDS files to exist, it does not read them here
  await mkdir(join(directory, 'sds'), { recursive: true });
  for (const { name } of manifest.secrets) await writeFile(join(directory, 'sds', `${name}.json`), '{}');
  const file = join(directory, 'envoy.json');
  await writeFile(file, JSON.stringify(bootstrap));
  const flags = ['--disable-hot-restart', '--concurrency', '1', '-l', 'warning'];
  const { stdout, stderr } = await promisify(execFile)(envoyPath(), ['--mode', 'validate', '-c', file, ...flags]);
  return stdout + stderr;
}

const CASES = STATES.flatMap((state) => (['sds', 'files'] as const).flatMap((delivery) => [GATEWAY, TELLER].map((endpoint) => [state, delivery, endpoint] as const)));

it.each(CASES)('state %s, delivery %s: %s, without a warning', async (state, delivery, endpoint) => {
  const { [endpoint]: output } = await compiled(colorMesh(state), { delivery, directory });
  const said = await validate(output!);
  expect(said).toContain('OK');
  expect(said).not.toMatch(/warning|deprecated/i);
});

it.each((['http2', 'grpc'] as const).flatMap((protocol) => [GATEWAY, TELLER].map((endpoint) => [protocol, endpoint] as const)))('listeners of %s: %s, without a warning', async (protocol, endpoint) => {
  const { [endpoint]: output } = await compiled(speaking(colorMesh('mtls'), protocol), { directory });
  const said = await validate(output!);
  expect(said).toContain('OK');
  expect(said).not.toMatch(/warning|deprecated/i);
});

it('everything beyond the colour mesh: permissive, access log, prefixes, URI names, placement, IPv6', async () => {
  let files = changed(colorMesh('one-way'), 'one-way/colorteller.json', 'spec.listeners.0.tls.mode', 'PERMISSIVE');
  files = changed(files, 'one-way/colorteller.json', 'spec.logging', { accessLog: { file: { path: '/dev/stdout' } } });
  files = changed(files, 'one-way/colorgateway.json', 'spec.logging', { accessLog: { file: { path: join(directory, 'access.log') } } });
  files = changed(files, 'colorgateway-route.json', 'spec.httpRoute.match.prefix', '/chapter');
  files = changed(files, 'one-way/colorgateway.json', 'spec.backendDefaults.clientPolicy.tls.validation.subjectAlternativeNames.match.exact', ['spiffe://mesh/teller', 'a.example']);
  files = added(files, { placement: { [TELLER]: { app: 'localhost:8080', listen: { 15000: '[::1]:15432' }, reach: { 15000: '[::1]:15432' } } } });
  const outputs = await compiled(files, { directory });
  for (const endpoint of [GATEWAY, TELLER]) expect(await validate(outputs[endpoint]!)).toContain('OK');
});

it('and the check can fail: a field that Envoy does not have is refused', async () => {
  const { [TELLER]: output } = await compiled(colorMesh('mtls'), { directory });
  await expect(validate({ ...output!, bootstrap: { ...output!.bootstrap, unknown_field: true } })).rejects.toThrow(/unknown_field/);
});
