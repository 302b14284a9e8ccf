import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { SECRETS } from '../../src/demo/credentials.ts';
import { probeLeaf } from '../../src/envoy/probe.ts';
import { clientsOf } from '../fixtures/aws.ts';
import type { RunningAgent } from '../fixtures/running-agent.ts';
import { type RunningMesh, startMesh } from '../fixtures/running-mesh.ts';
import { markdown, median } from './table.ts';

/** A round with polls takes two of them. */
const ROUNDS = { SIGHUP: 30, 'the default poll': 4 } as const;
const LIMIT_MS = 120_000;

test('bad material to its report, repaired secret to serving', { timeout: 1_800_000 }, async () => {
  const mesh = await startMesh();
  const rows: string[][] = [];
  for (const [how, rounds] of Object.entries(ROUNDS)) {
    const taken: { reportedMs: number; servedMs: number }[] = [];
    for (let round = 0; round < rounds; round += 1) taken.push(await measure(mesh, how === 'SIGHUP'));
    for (const [what, kind] of [['bad secret stored → told in /status', 'reportedMs'], ['good secret stored → its leaf on the wire', 'servedMs']] as const) {
      const values = taken.map((one) => one[kind]);
      rows.push([what, how, String(rounds), inWords(median(values)), inWords(Math.max(...values))]);
    }
  }
  process.stdout.write(`\n\`npm run bench:recovery\`, ${new Date().toISOString().slice(0, 10)}, Node ${process.version}.\n\n${markdown(['from', 'noticed by', 'rounds', 'median', 'longest'], rows)}`);
});

function inWords(ms: number): string {
  return ms < 1_000 ? `${ms.toFixed(0)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

async function measure({ teller, put, renew, ports, aws }: RunningMesh, hangUp: boolean): Promise<{ reportedMs: number; servedMs: number }> {
  const { SecretString = '' } = await clientsOf(aws).secretsManager.send(new GetSecretValueCommand({ SecretId: SECRETS.teller }));
  const good = JSON.parse(SecretString) as Record<string, string>;
  await put(SECRETS.teller, JSON.stringify({ ...good, Passphrase: 'not the passphrase' }));
  const reportedMs = await until(teller, hangUp, async () => (await teller.status()).secrets.some(({ problem }) => problem?.code === 'key-passphrase-wrong'));
  const { serial } = await renew('teller');
  const address = { host: '127.0.0.1', port: ports.teller };
  const servedMs = await until(teller, hangUp, async () => (await probeLeaf(address, AbortSignal.timeout(5_000))) === serial);
  return { reportedMs, servedMs };
}

/** Milliseconds from now, with a SIGHUP at once or without, until `seen`, which is asked every two. */
async function until(agent: RunningAgent, hangUp: boolean, seen: () => Promise<boolean>): Promise<number> {
  const start = performance.now();
  if (hangUp) agent.signal('SIGHUP');
  while (!(await seen())) {
    if (performance.now() - start > LIMIT_MS) throw new Error(agent.output());
    await systemClock.sleep(2);
  }
  return performance.now() - start;
}
