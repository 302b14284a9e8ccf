import { get } from 'node:http';
import { readFileSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { DemoResult } from '../../src/demo/result.ts';
import { DELIVERIES, temporaryPlace } from '../fixtures/running-mesh.ts';
import { leavesNothing, startDemo } from '../fixtures/running-demo.ts';

const MARKER = '<!-- transcript: npm run demo -- --once -->';

/** What differs from run to run. */
function masked(text: string): string {
  return text
    .trim()
    .replaceAll(/\b[0-9a-f]{30,40}\b/g, 'SERIAL')
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, 'DATE')
    .replaceAll(/(?<=Color\w+ |app ):\d+/g, ':PORT');
}

function transcriptOfReadme(): string {
  const readme = readFileSync(`${import.meta.dirname}/../../README.md`, 'utf8');
  const [, after] = readme.split(MARKER);
  const block = /^\s*```[a-z]*\n([\s\S]*?)```/.exec(after ?? '')?.[1];
  if (block === undefined) throw new Error(`README.md has no fenced block right after ${MARKER}`);
  return block;
}

test('the output fits one screen and is the transcript in the README', async () => {
  const demo = await startDemo({ arguments: ['--once'] });
  expect(await demo.exited).toBe(0);
  expect(demo.stdout().split('\n').length).toBeLessThanOrEqual(40);
  expect(masked(demo.stdout())).toBe(masked(transcriptOfReadme()));
  // progress and nothing else: no warning of Node, of the SDK or of Envoy
  expect(demo.stderr().trimEnd().split('\n').filter((line) => !line.startsWith('… '))).toEqual([]);
  await leavesNothing(demo);
});

test.each(DELIVERIES)('mutual TLS by %s: both certificates, the verdict, five refusals (promises 1-4, 95, 97-100)', async (delivery) => {
  const demo = await startDemo({ arguments: ['--once', '--json', '--delivery', delivery] });
  expect(await demo.exited).toBe(0);
  const result = JSON.parse(demo.stdout()) as DemoResult;
  expect(result).toMatchObject({ mode: 'mtls', delivery, colour: 'yellow', pass: true, ports: demo.ports, verdict: { pass: true } });
  expect(result.client?.names).toEqual(['colorgateway.mtls.svc.cluster.local']);
  expect(result.statistics).toEqual(['listener.0.0.0.0_15000.ssl.handshake: 1', 'listener.0.0.0.0_15000.ssl.no_certificate: 0']);
  expect(result.refusals.map(({ name, refused, moved }) => [name, refused, moved])).toEqual([
    ['no client certificate', true, 1],
    ['certificate of another CA', true, 1],
    ['expired certificate', true, 1],
    ['right certificate, another key', true, 1],
    ['wrong name (SAN)', true, 1],
  ]);
  await leavesNothing(demo);
});

test.each(DELIVERIES)('one-way TLS by %s: no client certificate, and plain HTTP is refused (promises 26, 37, 46-48)', async (delivery) => {
  const demo = await startDemo({ arguments: ['--once', '--json', '--mode', 'one-way', '--delivery', delivery] });
  expect(await demo.exited).toBe(0);
  const result = JSON.parse(demo.stdout()) as DemoResult;
  expect(result).toMatchObject({ mode: 'one-way', colour: 'yellow', pass: true });
  expect(result.client).toBeUndefined();
  expect(result.statistics).toEqual(['listener.0.0.0.0_15000.ssl.handshake: 1', 'listener.0.0.0.0_15000.ssl.no_certificate: 1']);
  expect(result.refusals.map(({ name, refused }) => [name, refused])).toEqual([['plain HTTP', true]]);
  await leavesNothing(demo);
});

test('builds itself and runs in a path with spaces, as npm run demo starts it', async () => {
  const demo = await startDemo({ home: 'a path with spaces', build: true, arguments: ['--once', '--json'] });
  expect(await demo.exited, demo.stderr()).toBe(0);
  expect(JSON.parse(demo.stdout())).toMatchObject({ pass: true });
  await leavesNothing(demo);
});

test('stays up and answers until it is told to end', async () => {
  const demo = await startDemo();
  await demo.up();
  for (let request = 0; request < 3; request += 1) expect(await colourAt(demo.ports.gateway)).toBe('yellow\n');
  demo.signal('SIGTERM');
  expect(await demo.exited).toBe(0);
  await leavesNothing(demo);
});

test('leaves the logs of both agents where they are asked for, and nothing else', async () => {
  const place = temporaryPlace();
  onTestFinished(() => rm(place, { recursive: true }));
  const logs = join(place, 'logs');
  const demo = await startDemo({ arguments: ['--once', '--keep-logs', logs] });
  expect(await demo.exited).toBe(0);
  expect((await readdir(logs)).sort()).toEqual(['colorgateway.log', 'colorteller.log']);
  for (const name of await readdir(logs)) {
    const log = await readFile(join(logs, name), 'utf8');
    expect(log).toContain('"event":"proven"');
    expect(log).not.toContain('PRIVATE KEY');
  }
  await leavesNothing(demo);
});

function colourAt(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, agent: false }, (response) => {
      response.setEncoding('utf8').once('data', resolve);
    }).once('error', reject);
  });
}
