import { type ChildProcess, spawn } from 'node:child_process';
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { beforeAll, afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Generation, succeed } from '../../src/generation/generation.ts';
import { parseIdentity } from '../../src/material/identity.ts';
import type { Material } from '../../src/material/material.ts';
import { parseTrust } from '../../src/material/trust.ts';
import { FilesSink, PUBLICATION_STEPS } from '../../src/sink/files.ts';
import { memoryDirectory } from '../fixtures/directory.ts';
import { readResolved, readSet } from '../fixtures/generation-reader.ts';
import { NOW, type Side, createSide, identitySecret, trustSecret } from '../fixtures/pki.ts';
import { temporaryPlace } from '../fixtures/running-mesh.ts';

let place: string;
let sides: readonly [Side, Side, Side];
beforeAll(async () => {
  place = temporaryPlace();
  sides = [await createSide('one'), await createSide('two'), await createSide('three')];
  await build({ entryPoints: [`${import.meta.dirname}/../fixtures/publisher.ts`], outfile: join(place, 'publisher.cjs'), bundle: true, platform: 'node', format: 'cjs', target: 'node20', logLevel: 'error' });
});
afterAll(() => rm(place, { recursive: true, force: true }));

const serialOf = ({ leaf }: Side): string => leaf.certificate.serialNumber.toUpperCase();

/** Publishes one side after the other beside one bundle, so that each publication is one swap. */
async function publish(directory: string, published: readonly Side[], stopAfter?: string): Promise<ChildProcess> {
  const secrets = join(place, `${published.length}-${stopAfter ?? 'whole'}.json`);
  await writeFile(secrets, JSON.stringify(published.map((side) => ({ identity: identitySecret(side.leaf).reveal(), trust: trustSecret(...sides.map(({ root }) => root)).reveal() }))));
  const child = spawn(process.execPath, [join(place, 'publisher.cjs'), directory, secrets, ...(stopAfter === undefined ? [] : [stopAfter])], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** Resolves when the process has said that its second publication has done this step. */
async function reached(child: ChildProcess, step: string): Promise<void> {
  let said = '';
  for await (const chunk of child.stdout!.setEncoding('utf8') as AsyncIterable<string>) {
    said += chunk;
    if (said.includes(`2 ${step}\n`)) return;
  }
  throw new Error(`it ended before: ${said}`);
}

describe('a publication that is killed', () => {
  // the first one is of a start: nothing is published before it
  test.each(PUBLICATION_STEPS.slice(1))('after "%s" leaves one whole generation, and the next process publishes over it', async (step) => {
    const directory = await memoryDirectory();
    const child = await publish(directory, sides.slice(0, 2), step);
    await reached(child, step);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const swapped = PUBLICATION_STEPS.indexOf(step) >= PUBLICATION_STEPS.indexOf('link swapped');
    expect(await readResolved(directory)).toBe(serialOf(sides[swapped ? 1 : 0]));

    const next = await publish(directory, [sides[2]]);
    expect((await once(next, 'exit'))[0]).toBe(0);
    expect(await readResolved(directory)).toBe(serialOf(sides[2]));
    expect(await readdir(join(directory, 'generations'))).toHaveLength(2);
    expect((await readdir(directory)).sort()).toEqual(['current', 'generations', 'sds']);
  });

  test('that is the first one and is killed before its link is there leaves nothing that anybody reads', async () => {
    const directory = await memoryDirectory();
    const child = await publish(directory, [sides[0]], undefined);
    await once(child, 'exit');
    await rm(join(directory, 'current'));
    const next = await publish(directory, [sides[1]]);
    expect((await once(next, 'exit'))[0]).toBe(0);
    expect(await readResolved(directory)).toBe(serialOf(sides[1]));
    expect(await readdir(join(directory, 'generations'))).toHaveLength(1);
  });
});

describe('a reader that never rests', () => {
  async function generations(): Promise<readonly Generation[]> {
    const trust = parseTrust([{ version: 'v', text: trustSecret(...sides.map(({ root }) => root)) }], NOW);
    const materials = await Promise.all(
      sides.map(async (side): Promise<Map<string, Material>> => {
        const identity = await parseIdentity({ version: 'v', text: identitySecret(side.leaf) }, { roles: ['server'], names: [], now: NOW });
        return new Map<string, Material>([['identity', identity], ['trust', trust]]);
      }),
    );
    return materials.map((each) => succeed(undefined, each));
  }

  test('finds no torn set in a thousand rotations when it resolves the directory once', { timeout: 120_000 }, async () => {
    const directory = await memoryDirectory();
    const sink = new FilesSink(directory);
    const [first, ...others] = await generations();
    await sink.publish(first!);
    const state = { over: false, sets: 0, gone: 0 };
    const serials = new Set<string>();
    const reading = (async () => {
      while (!state.over) {
        try {
          serials.add(await readResolved(directory));
          state.sets += 1;
        } catch (cause) {
          // two generations have come meanwhile: to be read again
          if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
          state.gone += 1;
        }
      }
    })();
    const all = [first!, ...others];
    for (let rotation = 1; rotation <= 1_000; rotation += 1) await sink.publish(all[rotation % all.length]!);
    state.over = true;
    await reading;
    expect(serials.size).toBe(3);
    expect(state.sets).toBeGreaterThan(100);
  });

  test('and that does not resolve it may find the key of another certificate: a swap between two reads is enough', async () => {
    const directory = await memoryDirectory();
    const sink = new FilesSink(directory);
    const [first, second] = await generations();
    await sink.publish(first!);
    const current = join(directory, 'current');
    expect(await readSet(current)).toBe(serialOf(sides[0]));
    const certificate = await readFile(join(current, 'identity', 'tls.crt'), 'utf8');
    await sink.publish(second!);
    const key = await readFile(join(current, 'identity', 'tls.key'), 'utf8');
    expect(new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))).toBe(false);
  });
});
