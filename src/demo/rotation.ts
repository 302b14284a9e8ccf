import type { Clock } from '../clock.ts';
import type { End } from './credentials.ts';
import type { RunningDemo } from './demo.ts';
import type { Endpoint, EndpointStatus } from './endpoint.ts';
import { type Load, startLoad } from './load.ts';

type Step = (demo: RunningDemo, ends: readonly End[], clock: Clock, signal: AbortSignal) => Promise<string>;

/** What happens to a mesh in its life, each followed by a renewal that shows that all is well. */
const STEPS: readonly Step[] = [renewAll, spoil, renewAll, changeAuthority, renewAll, restart, renewAll];

/** A rotation is proven within a tenth of a second; a machine that is busy with two Envoys and the load needs more. */
const STEP_LIMIT_MS = 15_000;
const LOOK_MS = 1;

export interface RotationOptions {
  /** Between the steps. */
  readonly everyMs: number;
  /** The port of ColorGateway, where requests go in. */
  readonly port: number;
  readonly ends: readonly End[];
  /** Ends after each step was made once. */
  readonly once: boolean;
}

/** Renews certificates under load and tells each step in a line, until the signal aborts. Resolves to whether no request failed. */
export async function rotateUnderLoad(demo: RunningDemo, options: RotationOptions, clock: Clock, print: (line: string) => void, signal: AbortSignal): Promise<boolean> {
  const load = startLoad(options.port, clock);
  try {
    for (let round = 0; !signal.aborted && !(options.once && round > 0); round += 1) {
      for (const [index, step] of STEPS.entries()) {
        await clock.sleep(options.everyMs, signal);
        const limit = clock.deadline(STEP_LIMIT_MS, new Error(`step ${index + 1} was not done within ${STEP_LIMIT_MS / 1000} s`), signal);
        print(`${await step(demo, options.ends, clock, limit)}   ${requests(load)}`);
      }
    }
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  } finally {
    await load.stop();
  }
  return failed(load) === 0;
}

async function renewAll(demo: RunningDemo, ends: readonly End[], clock: Clock, signal: AbortSignal): Promise<string> {
  const told = await Promise.all(
    ends.map(async (end) => {
      const { version, serial } = await demo.credentials.renew(end);
      const tookMs = await proven(version, demo[end], clock, signal);
      return `${demo[end].name} → ${serial.slice(0, 8)}… proven after ${tookMs} ms`;
    }),
  );
  return `renewed     ${told.join(', ')}`;
}

async function spoil(demo: RunningDemo, _ends: readonly End[], clock: Clock, signal: AbortSignal): Promise<string> {
  await demo.credentials.spoil('teller');
  let code = '';
  const tookMs = await until(demo.teller, clock, signal, ({ secrets }) => {
    code = secrets.find(({ problem }) => problem !== undefined)?.problem?.code ?? '';
    return code !== '';
  });
  return `bad secret  ${demo.teller.name}: ${code} after ${tookMs} ms, the last good certificate stays in use`;
}

/** The CA of the clients, where there is one: first both are trusted, then the certificate comes from the new one, then only that is trusted. */
async function changeAuthority(demo: RunningDemo, ends: readonly End[], clock: Clock, signal: AbortSignal): Promise<string> {
  if (!ends.includes('gateway')) return 'same CA     no client has a certificate in this mode';
  const { add, move, remove } = await demo.credentials.succeed();
  const added = await proven(await add(), demo.teller, clock, signal);
  const moved = await proven(await move(), demo.gateway, clock, signal);
  const removed = await proven(await remove(), demo.teller, clock, signal);
  return `changed CA  of ${demo.gateway.name}: added ${added} ms, certificate moved ${moved} ms, old one removed ${removed} ms`;
}

async function restart(demo: RunningDemo, _ends: readonly End[], clock: Clock): Promise<string> {
  const startMs = clock.monotonicMs();
  await demo.replaceTeller();
  return `restarted   ${demo.teller.name} is ready, its predecessor has drained and ended, ${Math.round(clock.monotonicMs() - startMs)} ms`;
}

function proven(version: string, endpoint: Endpoint, clock: Clock, signal: AbortSignal): Promise<number> {
  return until(endpoint, clock, signal, ({ secrets }) => secrets.some(({ sourceVersion, stage }) => sourceVersion === version && stage === 'proven'));
}

/** Milliseconds from the notice (SIGHUP) until `/status` says so. */
async function until(endpoint: Endpoint, clock: Clock, signal: AbortSignal, seen: (status: EndpointStatus) => boolean): Promise<number> {
  const startMs = clock.monotonicMs();
  endpoint.lookNow();
  while (!seen(await endpoint.status())) await clock.sleep(LOOK_MS, signal);
  return Math.round(clock.monotonicMs() - startMs);
}

function requests(load: Load): string {
  const all = [...load.outcomes.values()].reduce((sum, count) => sum + count, 0);
  return `${all} requests so far, ${failed(load)} failed`;
}

function failed({ outcomes }: Load): number {
  return [...outcomes].reduce((sum, [outcome, count]) => (outcome === '200' ? sum : sum + count), 0);
}
