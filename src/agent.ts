import { createAws } from './aws/clients.ts';
import type { Config } from './config/config.ts';
import { type EnvoyAdmin, envoyAdmin } from './envoy/admin.ts';
import type { EnvoyArguments } from './envoy/arguments.ts';
import { EnvoyChild } from './envoy/child.ts';
import type { Envoy } from './envoy/envoy.ts';
import { EnvoyNeighbour } from './envoy/neighbour.ts';
import { live } from './life.ts';
import { deliverFirst } from './loop.ts';
import { type Managed, openManaged } from './managed.ts';
import { type Plan, plan } from './plan.ts';
import type { AgentPorts } from './ports.ts';
import { Reconciler } from './reconcile.ts';
import { type Delivery, openDelivery } from './sink/open.ts';
import { StatusBoard, initialStatus } from './status.ts';
import { openQueue } from './trigger/queue.ts';
import { Triggers } from './trigger/triggers.ts';

/** What stands on the command line of `run`. */
export interface RunOptions {
  readonly envoy: EnvoyArguments;
  /** `--drain-wait`; undefined: as the definition's health check says. */
  readonly drainWaitMs: number | undefined;
}

/** `run`: delivers, starts and supervises Envoy, rotates until stopped. Resolves to the exit code of the contract. */
export function runAgent(config: Config, options: RunOptions, ports: AgentPorts): Promise<number> {
  return keepHouse(config, options, ports, {
    adminAddress: (planned) => planned.adminAddress,
    openEnvoy(configuration, admin, status) {
      const { env, pid1, log, clock, random } = ports;
      return new EnvoyChild({ envoy: config.envoy, env, directory: config.directory, pid1, arguments: [...configuration, ...options.envoy.rest] }, { admin, clock, random, log, status });
    },
    leave: (delivery) => delivery.close(),
  });
}

/** `serve`: the same for an Envoy that somebody else starts and ends. What it reads stays when the agent goes: it lives on. */
export function serveAgent(config: Config, ports: AgentPorts): Promise<number> {
  return keepHouse(config, { envoy: { file: undefined, rest: [] }, drainWaitMs: undefined }, ports, {
    adminAddress: (planned) => config.envoyAdmin ?? planned.adminAddress,
    openEnvoy: (_configuration, _admin, status) => new EnvoyNeighbour(status),
    leave: (delivery) => delivery.leave(),
  });
}

/** `fetch`: delivers files once, for an Envoy that starts when we have ended. Resolves when they are complete. */
export async function fetchOnce(config: Config, ports: AgentPorts): Promise<void> {
  const files: Config = { ...config, delivery: 'files' };
  const planned = await plan(files, { file: undefined, rest: [] });
  const managed = openManaged(files, planned.manifest, { aws: createAws(config.aws, ports.env, ports.clock), env: ports.env });
  warnOf(managed, ports);
  const { clock, random, log, stop } = ports;
  const status = statusOf(planned, managed);
  const delivery = await openDelivery(files, planned.manifest, ports.uid);
  try {
    await configurationFor(planned, delivery);
    const reconciler = new Reconciler(managed, { sink: delivery.sink, prover: undefined, clock, log, status });
    await deliverFirst({ reconciler, managed, triggers: new Triggers(clock), clock, random, log, status, deadlineMs: config.deadlineMs, pollMs: undefined }, stop.requested);
  } finally {
    await delivery.leave();
  }
}

/** What `run` and `serve` do differently. */
interface Role {
  /** Where Envoy's admin answers. */
  readonly adminAddress: (planned: Plan) => string;
  /** `configuration`: the arguments that tell Envoy what it runs with. */
  readonly openEnvoy: (configuration: readonly string[], admin: EnvoyAdmin, status: StatusBoard) => Envoy;
  readonly leave: (delivery: Delivery) => Promise<void>;
}

async function keepHouse(config: Config, options: RunOptions, ports: AgentPorts, { adminAddress, openEnvoy, leave }: Role): Promise<number> {
  const planned = await plan(config, options.envoy);
  const noticeMs = options.drainWaitMs ?? planned.manifest.noticeMs ?? 0;
  const aws = createAws(config.aws, ports.env, ports.clock);
  const managed = openManaged(config, planned.manifest, { aws, env: ports.env });
  const queue = config.notices === undefined ? undefined : openQueue(config.notices, aws);
  for (const { message, hint } of planned.warnings) ports.log.warn('configuration', { message, hint });
  if (noticeMs > 0 && noticeMs >= config.drainMs) warnOfShortDrain(noticeMs, config.drainMs, ports);
  warnOf(managed, ports);
  const status = statusOf(planned, managed);
  const admin = envoyAdmin(adminAddress(planned));
  const delivery = await openDelivery(config, planned.manifest, ports.uid);
  try {
    const envoy = openEnvoy(await configurationFor(planned, delivery), admin, status);
    return await live({ config, plan: planned, noticeMs, managed, queue, status, admin, delivery, envoy, ports });
  } finally {
    await leave(delivery);
  }
}

function statusOf({ manifest }: Plan, managed: readonly Managed[]): StatusBoard {
  return new StatusBoard(initialStatus(manifest.endpoint, managed.map(({ secret, sources }) => ({ secret, sources: sources.map(({ description }) => description) }))));
}

async function configurationFor({ configuration }: Plan, delivery: Delivery): Promise<readonly string[]> {
  if ('file' in configuration) return ['-c', configuration.file, '--config-yaml', JSON.stringify(configuration.addition)];
  return ['-c', await delivery.write('envoy.json', `${JSON.stringify(configuration.bootstrap, null, 2)}\n`)];
}

function warnOfShortDrain(noticeMs: number, drainMs: number, { log }: AgentPorts): void {
  log.warn('configuration', {
    message: `balancers need ${noticeMs / 1_000} s to turn away, and MTLS_DRAIN ends the drain after ${drainMs / 1_000} s: requests in flight are cut then`,
    hint: 'raise MTLS_DRAIN and the stop timeout of the container, or check health more often',
  });
}

/** What is accepted and should not stay as it is. */
function warnOf(managed: readonly Managed[], { log }: AgentPorts): void {
  for (const { description, warning } of managed.flatMap(({ sources }) => sources)) {
    if (warning !== undefined) log.warn('source-exposed', { source: description, message: warning });
  }
}
