import type { Config } from './config/config.ts';
import { LateMetrics } from './admin/late-metrics.ts';
import { type AdminServer, serveAdmin } from './admin/server.ts';
import type { Clock } from './clock.ts';
import type { Prover } from './deliverer.ts';
import type { EnvoyAdmin } from './envoy/admin.ts';
import { Claims } from './envoy/claim.ts';
import type { Envoy } from './envoy/envoy.ts';
import { exitCodeOf } from './envoy/process.ts';
import { createProver } from './envoy/prover.ts';
import { awaitLive } from './envoy/readiness.ts';
import { readResources } from './envoy/resources.ts';
import { AgentError, toAgentError } from './errors.ts';
import { releaseLater } from './footprint.ts';
import { reconcileForever } from './loop.ts';
import type { Managed } from './managed.ts';
import type { Manifest } from './mesh/manifest.ts';
import type { Plan } from './plan.ts';
import type { AgentPorts } from './ports.ts';
import { Reconciler } from './reconcile.ts';
import type { Delivery } from './sink/open.ts';
import type { Sink } from './sink/sink.ts';
import type { StatusBoard } from './status.ts';
import { listenForNotices } from './trigger/notices.ts';
import type { Queue } from './trigger/queue.ts';
import { Triggers } from './trigger/triggers.ts';
import type { Watch } from './trigger/watch.ts';

/** Everything that lives and ends together. */
export interface House {
  readonly config: Config;
  readonly plan: Plan;
  /** How long balancers need to turn away from this endpoint. */
  readonly noticeMs: number;
  readonly managed: readonly Managed[];
  /** Of MTLS_NOTICES. */
  readonly queue: Queue | undefined;
  readonly status: StatusBoard;
  readonly admin: EnvoyAdmin;
  readonly delivery: Delivery;
  readonly envoy: Envoy;
  readonly ports: AgentPorts;
}

/** From the first look at the sources until the request to stop, or until Envoy has ended. Resolves to the exit code of the contract. */
export async function live(house: House): Promise<number> {
  const { config, plan, noticeMs, envoy, ports } = house;
  const triggers = new Triggers(ports.clock);
  const http = adminHttpOf(house);
  const watch = watchMaterial(house, triggers);
  const unsubscribe = ports.signals({ hangup: () => triggers.fire('hangup'), reopen: () => envoy.signal('SIGUSR1') });
  const over = AbortSignal.any([ports.stop.requested, envoy.gone]);
  let failure: AgentError | undefined;
  try {
    await startAndReconcile(house, triggers, http, over);
  } catch (thrown) {
    if (!over.aborted) failure = toAgentError(thrown);
    else if (ports.stop.reason === undefined) failure = await envoy.failedStart(plan.manifest);
  }
  const endedByItself = envoy.exit;
  if (failure !== undefined) ports.log.error('stopping', { code: failure.code, message: failure.message, hint: failure.hint });
  else ports.log.info('stopping', { reason: ports.stop.reason ?? (envoy.gone.reason as Error).message });
  // a failed start serves nobody: there is nothing to drain
  await envoy.stop({ drainMs: failure === undefined ? config.drainMs : 0, noticeMs }, ports.stop.now);
  unsubscribe();
  await (await watch)?.close();
  await http.close();
  if (failure !== undefined) throw failure;
  return endedByItself === undefined || ports.stop.reason !== undefined ? 0 : exitCodeOf(endedByItself);
}

/** Mounted material tells by itself when it changes. */
async function watchMaterial({ managed, ports }: House, triggers: Triggers): Promise<Watch | undefined> {
  const paths = managed.flatMap(({ sources }) => sources.flatMap(({ watched = [] }) => watched));
  if (paths.length === 0) return undefined;
  const { watchPaths } = await import('./trigger/watch.ts');
  return watchPaths(paths, () => triggers.fire('file'), ports.clock);
}

/** Every change of a secret that AWS tells is a reason to look. Begins once the first look has, which sees what is told before. */
function hearNotices({ managed, queue, status, ports }: Pick<House, 'managed' | 'queue' | 'status' | 'ports'>, triggers: Triggers, over: AbortSignal): void {
  if (queue === undefined) return;
  const { clock, random, log } = ports;
  const secretIds = managed.flatMap(({ sources }) => sources.flatMap(({ secretId = [] }) => secretId));
  void listenForNotices({ queue, secretIds, fire: () => triggers.fire('notice'), report: (notices) => status.note({ kind: 'notices', notices }), clock, random, log }, over);
}

/** Envoy comes up while the secret is fetched; files must be complete before it starts. */
async function startAndReconcile({ config, plan, managed, queue, status, admin, delivery, envoy, ports }: House, triggers: Triggers, http: AdminHttp, over: AbortSignal): Promise<void> {
  const { clock, log, random } = ports;
  await (delivery.beforeEnvoy ? envoy.find() : envoy.start());
  // here, where it costs no time: Envoy is starting, and no key is here yet
  if (ports.inspected()) throw inspectorOpen();
  const sink = delivery.beforeEnvoy ? startingAfter(delivery.sink, envoy) : delivery.sink;
  const reconciler = new Reconciler(managed, { sink, prover: proverOf(admin, plan, envoy, ports), clock, log, status });
  const reconciling = reconcileForever({ reconciler, managed, triggers, clock, random, log, status, deadlineMs: config.deadlineMs, pollMs: config.pollMs }, over);
  delivery.onLateRefusal(({ code, message, hint, secret }) => {
    log.warn('refused-late', { code, message, hint, secret });
    reconciler.doubt();
    triggers.fire('refused');
  });
  envoy.onRestart(() => {
    status.note({ kind: 'unproven', names: managed.map(({ secret }) => secret.name) });
    reconciler.doubt();
    triggers.fire('restarted');
  });
  hearNotices({ managed, queue, status, ports }, triggers, over);
  // a rotation leaves behind what a start does: what the SDK and the rehearsal needed
  const release = releaseLater(ports.releaseMemory, clock, over);
  status.listen(({ kind }) => {
    if (kind === 'rotated') release();
  });
  release();
  await Promise.all([reconciling, onceAsked(clock).then(() => Promise.all([delivery.serve(), http.open()]))]);
}

/** Between loading the SDK and its first request: it looks for its own files. A tenth of what Envoy needs to come up. */
const ASKED_AFTER_MS = 5;

/** Resolves when the sources have been asked: what serves Envoy and people is then loaded while AWS answers. */
async function onceAsked(clock: Clock): Promise<void> {
  // the SDK is loaded within this turn of the loop, so that only the next one can start to wait
  await clock.sleep(0);
  await clock.sleep(ASKED_AFTER_MS);
}

/** Live, ready, status and metrics on MTLS_ADMIN, if it is not off. */
interface AdminHttp {
  readonly open: () => Promise<void>;
  readonly close: () => Promise<void>;
}

function adminHttpOf(house: House): AdminHttp {
  const { config, status, ports } = house;
  const { admin } = config;
  const metrics = admin && new LateMetrics(status);
  let opened: Promise<AdminServer> | undefined;
  return {
    async open() {
      opened = metrics && serveAdmin(admin, { clock: ports.clock, status, metrics, envoyState: () => stateOf(house) });
      await opened;
    },
    close: async () => opened?.then((server) => server.close(), () => undefined),
  };
}

/** Starts Envoy when the first generation is complete; from then on it is there already. */
function startingAfter(sink: Sink, envoy: Envoy): Sink {
  return {
    distrust: () => sink.distrust(),
    async publish(generation, signal) {
      await sink.publish(generation, signal);
      await envoy.start();
    },
  };
}

/** LIVE first, because before that `/certs` may be incomplete; then the certificates themselves. */
function proverOf(admin: EnvoyAdmin, { manifest, configuration }: Plan, envoy: Envoy, { clock }: AgentPorts): Prover {
  const claims = new Claims();
  const prover = createProver(admin, clock);
  // a user's own configuration may get its listeners and clusters from elsewhere, later
  const current = async (signal: AbortSignal): Promise<Manifest> => ('file' in configuration ? configuration.manifestOf(await readResources(admin, signal)) : manifest);
  return {
    async prove(generation, signal) {
      await becomeLive(admin, envoy, clock, signal);
      await prover.prove(claims.of(generation, await current(signal)), signal);
    },
  };
}

async function becomeLive(admin: EnvoyAdmin, envoy: Envoy, clock: Clock, signal: AbortSignal): Promise<void> {
  try {
    await awaitLive(admin, clock, signal);
  } catch (thrown) {
    if (thrown instanceof AgentError && thrown.code === 'envoy-not-live') envoy.noteNotLive();
    throw thrown;
  }
  envoy.noteLive();
}

function inspectorOpen(): AgentError {
  return new AgentError('environment-refused', "node's inspector is open in this process: whoever reaches its port reads the key", {
    hint: 'start it without --inspect; a SIGUSR1 in the first moments opens it as well, unless node runs with --disable-sigusr1',
  });
}

/** `/ready` waits no longer for Envoy than a health check waits for us. */
const STATE_LIMIT_MS = 1_000;

function stateOf({ admin, ports }: House): Promise<string> {
  const limit = ports.clock.deadline(STATE_LIMIT_MS, new Error('unreachable'));
  return admin.state(limit).catch(() => 'unreachable');
}
