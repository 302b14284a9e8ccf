import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, open, readFile } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import { type EnvoyAdmin, envoyAdmin } from '../envoy/admin.ts';
import { removeSharedMemory } from '../envoy/hot-restart.ts';
import { AgentError } from '../errors.ts';

/** What an endpoint of the mesh is started with. */
export interface EndpointSettings {
  /** `colorgateway`: names its directory and its log. */
  readonly name: string;
  /** `virtualGateway/colorgateway`. */
  readonly endpoint: string;
  /** The agent's bundle. */
  readonly agent: string;
  readonly runtime: string;
  readonly logs: string;
  readonly adminPort: number;
  /** AWS and MTLS variables beside those above, and PATH. */
  readonly environment: Readonly<Record<string, string>>;
}

/** An Envoy under its own mtls-agent, each a child of the demo. */
export interface Endpoint {
  readonly name: string;
  readonly agentPid: number;
  readonly envoy: EnvoyAdmin;
  /** MTLS_DIR of its agent. */
  readonly directory: string;
  readonly log: string;
  /** Rejects when the agent ends before it is asked to. */
  readonly broken: Promise<never>;
  /** Resolves when `/ready` says so. */
  ready(signal: AbortSignal): Promise<void>;
  /** `/status` of its agent. */
  status(): Promise<EndpointStatus>;
  /** SIGHUP to its agent: look at the sources now. */
  lookNow(): void;
  stop(): Promise<void>;
}

/** What the demo reads of `/status`. */
export interface EndpointStatus {
  readonly secrets: readonly { readonly kind: string; readonly stage: string; readonly sourceVersion?: string; readonly problem?: { readonly code: string } }[];
}

/** Agent and Envoy end within a tenth of a second. Beyond this they are stuck. */
const STOP_LIMIT_MS = 10_000;
const READY_PAUSE_MS = 20;

export async function startEndpoint(settings: EndpointSettings, clock: Clock): Promise<Endpoint> {
  const { name, endpoint, agent, runtime, logs, adminPort, environment } = settings;
  const directory = join(runtime, name);
  await mkdir(directory, { mode: 0o700 });
  const log = join(logs, `${name}.log`);
  const file = await open(log, 'w', 0o600);
  const env = { ...environment, MTLS_DIR: directory, MTLS_ENDPOINT: endpoint, MTLS_ADMIN: `127.0.0.1:${adminPort}` };
  // a process group of its own: Ctrl-C reaches the demo, which ends its parts in order
  const child = spawn(process.execPath, [agent, 'run', '--', '--concurrency', '1', '--log-level', 'info'], { env, detached: true, stdio: ['ignore', file.fd, file.fd] });
  await file.close();
  let stopping = false;
  const ended = new Promise<string>((resolve) => child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code ?? 0}` : `signal ${signal}`)));
  const broken = ended.then(async (how): Promise<never> => (stopping ? new Promise<never>(() => undefined) : Promise.reject(await explain(name, how, log))));
  broken.catch(() => undefined);
  return {
    name,
    agentPid: child.pid ?? 0,
    envoy: envoyAdmin(`unix:${join(directory, 'envoy-admin.sock')}`),
    directory,
    log,
    broken,
    ready: (signal) => Promise.race([broken, awaitReady(adminPort, clock, signal)]),
    status: async () => JSON.parse((await ask(adminPort, '/status')).body) as EndpointStatus,
    lookNow: () => void child.kill('SIGHUP'),
    async stop() {
      stopping = true;
      await end(child, ended, clock);
      await removeSharedMemory(directory);
    },
  };
}

async function end(child: ChildProcess, ended: Promise<string>, clock: Clock): Promise<void> {
  child.kill('SIGTERM');
  const done = new AbortController();
  const late = clock.sleep(STOP_LIMIT_MS, done.signal).then(() => child.kill('SIGKILL'), () => undefined);
  await ended;
  done.abort();
  await late;
}

async function awaitReady(port: number, clock: Clock, signal: AbortSignal): Promise<void> {
  while ((await ask(port, '/ready')).status !== 200) await clock.sleep(READY_PAUSE_MS, signal);
}

/** An answer of an agent's admin; status 0: none. */
function ask(port: number, path: string): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve) => {
    get({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body }));
    }).once('error', () => resolve({ status: 0, body: '' }));
  });
}

/** What the agent's log says last is why. */
async function explain(name: string, how: string, log: string): Promise<AgentError> {
  const lines = (await readFile(log, 'utf8').catch(() => '')).trimEnd().split('\n');
  return new AgentError('check-failed', `the agent of ${name} has ended with ${how}; its log ends with\n${lines.slice(-5).map((line) => `  ${line}`).join('\n')}`, {
    hint: 'run again with --keep-logs DIR to see all of it',
  });
}
