import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { DELIVERIES, type Delivery, type Mesh, createMesh } from '../fixtures/running-mesh.ts';
import type { RunningAgent } from '../fixtures/running-agent.ts';
import { markdown } from './table.ts';

const ROTATIONS = 1_000;
/** Node and Envoy have built their pools and compiled what is hot by then: what grows after it, grows. */
const WARM_UP = 200;
const IDLE_MS = 60_000;
const LIMIT_MS = 10_000;
const TICKS_PER_SECOND = 100;
const HEAD = ['ColorTeller', `after ${WARM_UP} rotations`, `after ${WARM_UP + ROTATIONS}`, 'goal'];

test('an agent that idles, and one that rotates a thousand times', { timeout: 1_800_000 }, async () => {
  for (const delivery of DELIVERIES) {
    const { idle, rows } = await measure(delivery);
    process.stdout.write(`\n\`npm run bench:recovery\`, ${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${delivery}.\n\nIdle, default polling: ${idle.toFixed(2)} ms of processor a second (goal: under 1).\n\n${markdown(HEAD, rows)}`);
  }
});

async function measure(delivery: Delivery): Promise<{ idle: number; rows: string[][] }> {
  const mesh = await createMesh({ delivery });
  const teller = await mesh.start('teller');
  await teller.ready();
  const idle = await idleCost(teller);
  await rotate(mesh, teller, WARM_UP);
  const before = await look(teller);
  await rotate(mesh, teller, ROTATIONS);
  const after = await look(teller);
  const rows = Object.keys(before).map((what) => [what, String(before[what]), String(after[what]), what.endsWith('kB') ? 'noise: 10 %' : 'equal']);
  teller.signal('SIGTERM');
  await teller.exited;
  return { idle, rows };
}

/** Milliseconds of processor a second, over a minute that holds a poll. */
async function idleCost({ pid }: RunningAgent): Promise<number> {
  // the first seconds belong to the start: compilation, the first collection
  await systemClock.sleep(10_000);
  const start = processorMs(pid);
  await systemClock.sleep(IDLE_MS);
  return (processorMs(pid) - start) / (IDLE_MS / 1_000);
}

/** utime and stime of all threads (proc_pid_stat(5)). */
function processorMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_PER_SECOND;
}

async function rotate(mesh: Mesh, teller: RunningAgent, times: number): Promise<void> {
  for (let rotation = 0; rotation < times; rotation += 1) {
    const { version } = await mesh.renew('teller');
    const start = performance.now();
    teller.signal('SIGHUP');
    while ((await teller.status()).secrets.find(({ sourceVersion }) => sourceVersion === version)?.stage !== 'proven') {
      if (performance.now() - start > LIMIT_MS) throw new Error(teller.output());
      await systemClock.sleep(5);
    }
  }
}

async function look(teller: RunningAgent): Promise<Record<string, number>> {
  // what is left open for a moment, a probe or a request, has closed by then
  await systemClock.sleep(10_000);
  const certs = JSON.parse(await teller.envoy.get('/certs', AbortSignal.timeout(5_000))) as { readonly certificates: readonly unknown[] };
  return {
    'agent, resident kB': residentKb(teller.pid),
    'Envoy, resident kB': residentKb((await teller.status()).envoy.pid),
    'agent, open files': readdirSync(`/proc/${teller.pid}/fd`).length,
    'SDS streams': await teller.counter('cluster.agent_sds.upstream_rq_active'),
    '/certs elements': certs.certificates.length,
  };
}

function residentKb(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}
