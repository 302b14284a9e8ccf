import { join } from 'node:path';
import { createAws } from './aws/clients.ts';
import type { Config } from './config/config.ts';
import { type EnvoyAdmin, envoyAdmin } from './envoy/admin.ts';
import { EnvoyChild } from './envoy/child.ts';
import type { Envoy } from './envoy/envoy.ts';
import { EnvoyNeighbour } from './envoy/neighbour.ts';
import { live } from './life.ts';
import { type Managed, openManaged } from './managed.ts';
import { planEndpoint } from './plan.ts';
import type { AgentPorts } from './ports.ts';
import { type Delivery, openDelivery } from './sink/open.ts';
import { StatusBoard, initialStatus } from './status.ts';
import { openQueue } from './trigger/queue.ts';

/** `run`: delivers, starts and supervises Envoy, rotates until stopped. Resolves to the exit code of the contract. */
export function runAgent(config: Config, envoyArguments: readonly string[], ports: AgentPorts): Promise<number> {
  const admin = envoyAdmin(`unix:${join(config.directory, 'envoy-admin.sock')}`);
  return keepHouse(config, ports, {
    admin,
    openEnvoy(bootstrap, status) {
      const { env, pid1, log, clock, random } = ports;
      return new EnvoyChild({ envoy: config.envoy, env, directory: config.directory, pid1, arguments: ['-c', bootstrap, ...envoyArguments] }, { admin, clock, random, log, status });
    },
    leave: (delivery) => delivery.close(),
  });
}

/** `serve`: the same for an Envoy that somebody else starts and ends. What it reads stays when the agent goes: it lives on. */
export function serveAgent(config: Config, ports: AgentPorts): Promise<number> {
  return keepHouse(config, ports, {
    admin: envoyAdmin(config.envoyAdmin ?? `unix:${join(config.directory, 'envoy-admin.sock')}`),
    openEnvoy: (_bootstrap, status) => new EnvoyNeighbour(status),
    leave: (delivery) => delivery.leave(),
  });
}

/** What `run` and `serve` do differently. */
interface Role {
  readonly admin: EnvoyAdmin;
  readonly openEnvoy: (bootstrap: string, status: StatusBoard) => Envoy;
  readonly leave: (delivery: Delivery) => Promise<void>;
}

async function keepHouse(config: Config, ports: AgentPorts, { admin, openEnvoy, leave }: Role): Promise<number> {
  const plan = await planEndpoint(config);
  const aws = createAws(config.aws, ports.env, ports.clock);
  const managed = openManaged(config, plan.manifest, { aws, env: ports.env });
  const queue = config.notices === undefined ? undefined : openQueue(config.notices, aws);
  warnOf(managed, ports);
  const status = new StatusBoard(initialStatus(plan.manifest.endpoint, managed.map(({ secret, sources }) => ({ secret, sources: sources.map(({ description }) => description) }))));
  const delivery = await openDelivery(config, plan.manifest, ports.uid);
  try {
    const bootstrap = await delivery.write('envoy.json', `${JSON.stringify(plan.bootstrap, null, 2)}\n`);
    return await live({ config, plan, managed, queue, status, admin, delivery, envoy: openEnvoy(bootstrap, status), ports });
  } finally {
    await leave(delivery);
  }
}

/** What is accepted and should not stay as it is. */
function warnOf(managed: readonly Managed[], { log }: AgentPorts): void {
  for (const { description, warning } of managed.flatMap(({ sources }) => sources)) {
    if (warning !== undefined) log.warn('source-exposed', { source: description, message: warning });
  }
}
