import { type Server, type Socket, connect, createServer } from 'node:net';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../fixtures/free-ports.ts';
import { type RunningAgent, startAgent } from '../fixtures/running-agent.ts';

/** What a task of a service is started with. */
export interface TaskSettings {
  readonly endpoint: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Below it each task has a directory of its own, in memory. */
  readonly place: string;
  /** The placement of a task that listens on this port. */
  readonly placement: (port: number) => object;
  /** MTLS_MESH without the placement. */
  readonly definitions: string;
}

/** A service with one task at a time behind an address that stays: what ECS, discovery and a load balancer are in AWS. */
export interface Service {
  readonly port: number;
  /** The task that gets new connections. */
  readonly agent: () => RunningAgent;
  /** Of all tasks so far. */
  readonly output: () => string;
  /** Starts a new task, waits until it is ready, sends new connections there, and ends the old one in order. */
  readonly replace: () => Promise<void>;
  close(): void;
}

export async function startService(name: string, settings: TaskSettings): Promise<Service> {
  const outputs: (() => string)[] = [];
  let tasks = 0;
  const startTask = async (): Promise<{ readonly agent: RunningAgent; readonly port: number }> => {
    tasks += 1;
    const port = await freePort();
    const placement = join(settings.place, `${name}-${tasks}.json`);
    await writeFile(placement, JSON.stringify({ placement: settings.placement(port) }));
    const agent = await startAgent({
      endpoint: settings.endpoint,
      directory: join(settings.place, `${name}-${tasks}`),
      environment: { ...settings.environment, MTLS_MESH: `${settings.definitions},${placement}`, MTLS_DRAIN: '20s' },
    });
    outputs.push(agent.output);
    await agent.ready();
    return { agent, port };
  };
  let current = await startTask();
  const front = await startFront(() => current.port);
  return {
    port: front.port,
    agent: () => current.agent,
    output: () => outputs.map((output) => output()).join('\n'),
    async replace() {
      const old = current.agent;
      current = await startTask();
      old.signal('SIGTERM');
      const code = await old.exited;
      if (code !== 0) throw new Error(`the old task of ${name} ended with ${code}`);
    },
    close: () => front.close(),
  };
}

/** Passes connections on, byte by byte, to the port that is right when they come. */
async function startFront(port: () => number): Promise<{ readonly port: number; close(): void }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (incoming) => {
    const outgoing = connect({ port: port(), host: '127.0.0.1', allowHalfOpen: true });
    for (const [one, other] of [[incoming, outgoing], [outgoing, incoming]] as const) {
      sockets.add(one);
      one.pipe(other);
      one.once('error', () => other.destroy()).once('close', () => sockets.delete(one));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
