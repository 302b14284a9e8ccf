/** `main.ts ENVOY ROUNDS`, under the Node that is measured: builds with it, measures, prints Markdown tables on stdout. */
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from '../../build/bundle.mjs';
import { makeCodeCache } from '../../build/code-cache.mjs';
import { type Resident, idlePair } from './memory.ts';
import { openStage, type Stage } from './stage.ts';
import { type Measurement, type Taken, bareEnvoy, bareNode, delivered, prepareStatic, serving } from './start-up.ts';
import { memoryTable, startUpTable } from './table.ts';

const [, , envoy = '', rounds = ''] = process.argv;
const say = (text: string): void => void process.stderr.write(`… ${text}\n`);

async function measureStartUp(stage: Stage, home: string): Promise<string> {
  const fixed = await prepareStatic(stage, join(home, 'static'));
  const measurements = {
    node: bareNode(stage),
    envoy: bareEnvoy(stage, fixed),
    servingBySds: serving(stage, { delivery: 'sds', over: 'http' }, fixed.serial),
    servingByFiles: serving(stage, { delivery: 'files', over: 'http' }, fixed.serial),
    sdsOverHttp: delivered(stage, { delivery: 'sds', over: 'http' }),
    sdsOverHttps: delivered(stage, { delivery: 'sds', over: 'https' }),
    filesOverHttp: delivered(stage, { delivery: 'files', over: 'http' }),
    filesOverHttps: delivered(stage, { delivery: 'files', over: 'https' }),
  };
  const { node, envoy: bare, ...ours } = await interleave(measurements);
  const alone = [node];
  const together = [node, bare];
  return startUpTable([
    { what: 'bare node: its first line', runs: node, against: alone },
    { what: 'bare Envoy, certificates as static files: TLS handshake', runs: bare, against: alone },
    { what: 'agent, SDS: Envoy serves the fetched certificate ÷ (bare node + bare Envoy)', runs: ours.servingBySds, against: together, goal: 1.3, judged: 'wall' },
    { what: 'agent, files: the same', runs: ours.servingByFiles, against: together },
    { what: 'agent, files, AWS over HTTP: delivered ÷ bare node', runs: ours.filesOverHttp, against: alone, goal: 3 },
    { what: 'agent, files, AWS over HTTPS: the same', runs: ours.filesOverHttps, against: alone, goal: 3.3 },
    { what: 'agent, SDS, AWS over HTTP: the same', runs: ours.sdsOverHttp, against: alone, goal: 3 },
    { what: 'agent, SDS, AWS over HTTPS: the same', runs: ours.sdsOverHttps, against: alone, goal: 3.3 },
  ]);
}

/** Each once a round, in random order, so that what disturbs the machine disturbs all of them. */
async function interleave<Name extends string>(measurements: Readonly<Record<Name, Measurement>>): Promise<Record<Name, Taken[]>> {
  const names = Object.keys(measurements) as Name[];
  const taken = Object.fromEntries(names.map((name) => [name, [] as Taken[]])) as Record<Name, Taken[]>;
  // round 0 fills the page cache
  for (let round = 0; round <= Number(rounds); round += 1) {
    say(`start-up, round ${round} of ${rounds}`);
    for (const { name } of names.map((name) => ({ name, key: Math.random() })).sort((a, b) => a.key - b.key)) {
      const one = await measurements[name]();
      if (round > 0) taken[name].push(one);
    }
  }
  return taken;
}

/** Memory does not depend on who else computes: several pairs idle at the same time. */
async function measureMemory(stage: Stage): Promise<string> {
  const pairs: { node: Resident; agent: Resident }[] = [];
  while (pairs.length < Number(rounds)) {
    say(`memory, ${pairs.length} of ${rounds}`);
    const wanted = Math.min(PAIRS_AT_ONCE, Number(rounds) - pairs.length);
    pairs.push(...(await Promise.all(Array.from({ length: wanted }, () => idlePair(stage)))));
  }
  return memoryTable(pairs, 1.65);
}

const PAIRS_AT_ONCE = 3;

const home = mkdtempSync(join(tmpdir(), 'mtls-bench-'));
try {
  say('building under this Node');
  await bundle(join(home, 'dist'));
  await makeCodeCache(join(home, 'dist'));
  const stage = await openStage(envoy, join(home, 'dist'));
  try {
    const tables = [await measureStartUp(stage, home), await measureMemory(stage)];
    const load = loadavg()[0]?.toFixed(1);
    process.stdout.write(`\n\`npm run bench\`, ${new Date().toISOString().slice(0, 10)}, Node ${process.version}, medians of ${rounds} interleaved runs, load average ${load} at the end.\n\n${tables.join('\n')}`);
  } finally {
    await stage.close();
  }
} finally {
  rmSync(home, { recursive: true, force: true });
}
process.exit(0);
