import { test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { startLoad } from '../../src/demo/load.ts';
import { DELIVERIES, type Delivery, createMesh } from '../fixtures/running-mesh.ts';
import { markdown, median } from './table.ts';

const ROTATIONS = 100;
const LIMIT_MS = 10_000;
const PAUSE_MS = 1_000;
const HEAD = ['notice in the queue → proven', 'load', 'rotations', 'p50', 'p99', 'longest', 'goal for p50, p99'];

test('a notice in the queue to its proof', { timeout: 1_800_000 }, async () => {
  const rows: string[][] = [];
  for (const delivery of DELIVERIES) {
    for (const loaded of [false, true]) {
      const taken = await measure(delivery, loaded);
      const sorted = [...taken].sort((a, b) => a - b);
      const p99 = sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0;
      const goal = loaded ? '' : `50 ms, 150 ms: ${median(taken) <= 50 && p99 <= 150 ? 'reached' : 'missed'}`;
      rows.push([delivery, loaded ? 'six clients' : 'none', String(ROTATIONS), inWords(median(taken)), inWords(p99), inWords(sorted.at(-1) ?? 0), goal]);
    }
  }
  process.stdout.write(`\n\`npm run bench:recovery\`, ${new Date().toISOString().slice(0, 10)}, Node ${process.version}.\n\n${markdown(HEAD, rows)}`);
});

function inWords(ms: number): string {
  return `${ms.toFixed(0)} ms`;
}

/** Milliseconds of each rotation of ColorTeller: the new version is there, then the event is sent, then the log says proven. */
async function measure(delivery: Delivery, loaded: boolean): Promise<number[]> {
  const mesh = await createMesh({ delivery });
  const { url, queue } = mesh.aws.sqs.create('teller');
  const [teller, gateway] = await Promise.all([mesh.start('teller', { environment: { MTLS_POLL: '1h', MTLS_NOTICES: url } }), mesh.start('gateway')]);
  await Promise.all([teller.ready(), gateway.ready()]);
  const load = loaded ? startLoad(mesh.ports.gateway, systemClock) : undefined;
  const taken: number[] = [];
  for (let rotation = 0; rotation < ROTATIONS; rotation += 1) {
    const { version } = await mesh.renew('teller');
    // slower than a flood, of which the agent hears one notice a second; what made the certificate has come to rest by then
    await systemClock.sleep(PAUSE_MS);
    const event = { id: version, source: 'aws.secretsmanager', 'detail-type': 'Secret Label Updated', resources: ['color/colorteller'], detail: { name: 'color/colorteller', labelUpdated: 'AWSCURRENT', versionId: version } };
    const start = performance.now();
    queue.send(JSON.stringify(event));
    while (!isProven(teller.output(), version)) {
      if (performance.now() - start > LIMIT_MS) throw new Error(teller.output());
      await systemClock.sleep(1);
    }
    taken.push(performance.now() - start);
  }
  await load?.stop();
  return taken;
}

/** The line that tells the delivery of this version is followed by one that tells its proof. */
function isProven(output: string, version: string): boolean {
  const delivered = output.lastIndexOf(`"version":"${version}"`);
  return delivered !== -1 && output.includes('"event":"proven"', delivered);
}
