import { Agent, get } from 'node:http';
import { systemClock } from '../../src/clock.ts';

/** As often as a fast balancer looks. */
const CHECK_MS = 200;
const KEEPING = 4;
const FRESH = 4;
const SLOW = 2;
const PAUSE_MS = 4;

export interface Balancer {
  /** The port of one that is well, in turn. */
  readonly pick: () => number;
  readonly stop: () => Promise<void>;
}

/** Looks at each target's health check every 200 ms, and gives one that fails no new request until it passes again. */
export function balance(targets: readonly { readonly port: number; readonly check: { readonly port: number; readonly path: string } }[]): Balancer {
  const well = new Set(targets.map(({ port }) => port));
  let over = false;
  let turn = 0;
  const watch = async ({ port, check }: (typeof targets)[number]): Promise<void> => {
    while (!over) {
      if ((await ask({ ...check, agent: false })) === '200') well.add(port);
      else well.delete(port);
      await systemClock.sleep(CHECK_MS);
    }
  };
  const watching = targets.map(watch);
  return {
    pick() {
      const ports = [...well];
      return ports[(turn += 1) % ports.length] ?? 0;
    },
    async stop() {
      over = true;
      await Promise.all(watching);
    },
  };
}

/** Clients that keep connections, that take a fresh one each time, and that ask for what takes long. Resolves to outcomes. */
export function httpLoad(pick: () => number): { readonly stop: () => Promise<ReadonlyMap<string, number>> } {
  const outcomes = new Map<string, number>();
  let over = false;
  const client = async (agent: Agent | false, path: string): Promise<void> => {
    while (!over) {
      const outcome = await ask({ port: pick(), path, agent });
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      await systemClock.sleep(PAUSE_MS);
    }
    if (agent !== false) agent.destroy();
  };
  const keeping = (count: number, path: string): Promise<void>[] => Array.from({ length: count }, () => client(new Agent({ keepAlive: true }), path));
  const clients = [...keeping(KEEPING, '/'), ...Array.from({ length: FRESH }, () => client(false, '/')), ...keeping(SLOW, '/slow')];
  return {
    async stop() {
      over = true;
      await Promise.all(clients);
      return outcomes;
    },
  };
}

function ask(target: { readonly port: number; readonly path: string; readonly agent: Agent | false }): Promise<string> {
  return new Promise((resolve) => {
    get({ host: '127.0.0.1', ...target }, (response) => {
      response.resume().once('end', () => resolve(String(response.statusCode))).once('error', (cause) => resolve(cause.message));
    }).once('error', (cause) => resolve((cause as { code?: string }).code ?? cause.message));
  });
}
