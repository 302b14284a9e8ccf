import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { probeLeaf } from '../../src/envoy/probe.ts';
import { readResolved } from '../fixtures/generation-reader.ts';
import { processesOf } from '../fixtures/proc.ts';
import { DELIVERIES, createMesh } from '../fixtures/running-mesh.ts';

const never = new AbortController().signal;
/** After a rotation was asked for: before the fetch has ended, within the publication, within the proof, after it. */
const MOMENTS_MS = [0, 3, 6, 9, 12, 20, 40];

test.each(DELIVERIES)('by %s, killed at any moment of a rotation: the next one serves the newest certificate, whatever lies about', { timeout: 90_000 }, async (delivery) => {
  const mesh = await createMesh({ delivery });
  const address = { host: '127.0.0.1', port: mesh.ports.teller };
  let teller = await mesh.start('teller');
  await teller.ready();
  for (const momentMs of MOMENTS_MS) {
    const { serial } = await mesh.renew('teller');
    teller.signal('SIGHUP');
    await systemClock.sleep(momentMs);
    teller.signal('SIGKILL');
    await teller.exited;
    // Envoy goes with its agent
    await expect.poll(() => processesOf(`${join(mesh.place, 'teller')}/`)).toEqual([]);
    teller = await mesh.start('teller');
    await teller.ready();
    expect(await probeLeaf(address, never)).toBe(serial);
    if (delivery === 'files') expect((await wholeSet(teller.directory)).toLowerCase()).toBe(serial);
  }
});

/** The names of secrets are the compiler's; the identity is the one with a key. */
async function wholeSet(directory: string): Promise<string> {
  const home = await realpath(join(directory, 'current'));
  const [name = ''] = (await readdir(home)).filter((each) => !each.startsWith('colorgateway'));
  return readResolved(directory, name);
}
