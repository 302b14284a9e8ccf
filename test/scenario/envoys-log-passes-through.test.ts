import { readFileSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { envoyPath } from '../fixtures/real-envoy.ts';
import { createMesh } from '../fixtures/running-mesh.ts';

const LINES = 400_000;
const WIDTH = 100;

function residentKilobytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

test('40 MB that Envoy writes as fast as they are read come whole and in order, and the agent keeps none of them', async () => {
  const { start, place } = await createMesh();
  const talkative = join(place, 'talkative-envoy');
  // a process beside the real Envoy, on the same stdout, which the agent hands on
  const say = `let n = 0; const more = () => { while (n < ${LINES}) if (!process.stdout.write(String(n++).padStart(${WIDTH - 1}, '.') + '\\n')) return process.stdout.once('drain', more); }; more();`;
  await writeFile(talkative, `#!/bin/sh\n'${process.execPath}' -e "${say}" &\nexec '${envoyPath()}' "$@"\n`);
  await chmod(talkative, 0o755);
  const teller = await start('teller', { environment: { MTLS_ENVOY: talkative } });
  await teller.ready();
  const lines = (): string[] => teller.output().match(/^\.+\d+$/gm) ?? [];
  await expect.poll(() => lines().length, { timeout: 30_000, interval: 200 }).toBe(LINES);
  expect(lines().map((line) => Number(/\d+$/.exec(line)?.[0])).every((number, index) => number === index)).toBe(true);
  expect(residentKilobytes(teller.pid)).toBeLessThan(120_000);
  expect((await teller.ask('/ready')).status).toBe(200);
});
