import { mkdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import { AgentError } from '../errors.ts';
import { type EmbeddedAws, startEmbeddedAws } from './aws/embedded-aws.ts';
import { type Caretaker, hireJanitor, makeRuntimeDirectory } from './caretaker.ts';
import { type ColorTeller, startColorTeller } from './color-teller.ts';
import { ACCOUNT, type Credentials, REGION, SECRETS, issueCredentials } from './credentials.ts';
import { type Endpoint, startEndpoint } from './endpoint.ts';
import type { DemoOptions } from './options.ts';
import { checkPorts, freePort } from './ports.ts';

/** What the entry point hands in. */
export interface DemoPorts {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** The package's folder: definitions in mesh/, bundles in dist/. */
  readonly home: string;
  /** Absolute path of Envoy. */
  readonly envoy: string;
  readonly progress: (text: string) => void;
}

/** Everything of the demo, up and ready. */
export interface RunningDemo {
  readonly aws: EmbeddedAws;
  readonly app: ColorTeller;
  /** Another one after each `replaceTeller`. */
  readonly teller: Endpoint;
  readonly gateway: Endpoint;
  readonly credentials: Credentials;
  /** Rejects when an agent ends that was not asked to. */
  readonly broken: Promise<never>;
  /** A second ColorTeller comes up on the same port (Envoy's `reuse_port`), then the first one drains and ends. */
  replaceTeller(): Promise<void>;
  close(): Promise<void>;
}

/** Two agents on one machine are ready within a second; a cold disk and a busy machine need more. */
const READY_LIMIT_MS = 60_000;

/** Starts AWS, CAs, exporter, application and both endpoints; whatever fails, nothing is left behind. */
export async function startDemo(options: DemoOptions, ports: DemoPorts, signal: AbortSignal): Promise<RunningDemo> {
  await checkPorts(options.ports);
  const open: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const step of open.splice(0).reverse()) await step();
  };
  try {
    return await raise(options, ports, signal, open, close);
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

async function raise(options: DemoOptions, ports: DemoPorts, signal: AbortSignal, open: (() => Promise<void>)[], close: () => Promise<void>): Promise<RunningDemo> {
  const { clock, progress, home } = ports;
  const janitor = hireJanitor(join(home, 'dist/janitor.cjs'));
  open.push(() => {
    janitor.release();
    return Promise.resolve();
  });
  const runtime = makeRuntimeDirectory(ports.env);
  janitor.directory(runtime);
  open.push(() => rm(runtime, { recursive: true, force: true }));

  progress('embedded AWS, private CAs, certificates, exporter');
  const aws = await startEmbeddedAws({ clock, port: 0, region: REGION, account: ACCOUNT });
  open.push(() => aws.close());
  const credentials = await issueCredentials(aws, options.mode);
  const app = await startColorTeller(options.ports.app);
  open.push(() => app.close());

  progress('ColorTeller and ColorGateway: an Envoy each, under its own mtls-agent');
  const endpoints = await raiseEndpoints({ options, ports, aws, runtime, janitor, open, placement: writePlacement(runtime, options) }, credentials, signal);
  return Object.assign(endpoints, { aws, app, credentials, close });
}

async function raiseEndpoints(house: House, { gatewaySide }: Credentials, signal: AbortSignal): Promise<Pick<RunningDemo, 'teller' | 'gateway' | 'broken' | 'replaceTeller'>> {
  let report: (cause: unknown) => void = () => undefined;
  const broken = new Promise<never>((_resolve, reject) => {
    report = reject;
  });
  broken.catch(() => undefined);
  const open = async (name: string, endpoint: string, sources: Readonly<Record<string, string>>): Promise<Endpoint> => {
    const started = await openEndpoint(name, endpoint, sources, house);
    started.broken.catch(report);
    const limit = house.ports.clock.deadline(READY_LIMIT_MS, new AgentError('check-failed', `${name} is not ready after ${READY_LIMIT_MS / 1000} s`), signal);
    await started.ready(limit);
    return started;
  };
  const openTeller = (name: string): Promise<Endpoint> =>
    open(name, 'virtualNode/colorteller', { MTLS_IDENTITY: `secret:${SECRETS.teller}`, ...(gatewaySide && { MTLS_TRUST: `secret:${SECRETS.gatewayTrust}` }) });
  const [first, gateway] = await Promise.all([openTeller('colorteller'), open('colorgateway', 'virtualGateway/colorgateway', gatewaySide ? { MTLS_IDENTITY: `secret:${SECRETS.gateway}` } : {})]);
  let tellers = 1;
  const endpoints = {
    gateway,
    broken,
    teller: first,
    async replaceTeller() {
      const former = endpoints.teller;
      tellers += 1;
      endpoints.teller = await openTeller(`colorteller-${tellers}`);
      await former.stop();
    },
  };
  return endpoints;
}

interface House {
  readonly options: DemoOptions;
  readonly ports: DemoPorts;
  readonly aws: EmbeddedAws;
  readonly runtime: string;
  readonly janitor: Caretaker;
  readonly open: (() => Promise<void>)[];
  readonly placement: string;
}

/** Longest drain of an Envoy that is replaced under load; otherwise nobody's requests have to be waited for. */
const REPLACED_DRAIN = '5s';

async function openEndpoint(name: string, endpoint: string, sources: Readonly<Record<string, string>>, house: House): Promise<Endpoint> {
  const { options, ports, aws, runtime, janitor, open, placement } = house;
  const logs = options.keepLogs ?? runtime;
  mkdirSync(logs, { recursive: true });
  const definitions = join(ports.home, 'mesh/color');
  const environment = {
    PATH: ports.env.PATH ?? '',
    ...aws.environment,
    MTLS_ENVOY: ports.envoy,
    MTLS_MESH: [definitions, join(definitions, options.mode), placement].join(','),
    MTLS_DELIVERY: options.delivery,
    MTLS_DRAIN: options.rotateMs === undefined ? '0s' : REPLACED_DRAIN,
    ...sources,
  };
  const started = await startEndpoint({ name, endpoint, agent: join(ports.home, 'dist/mtls-agent.cjs'), runtime, logs, adminPort: await freePort(), environment }, ports.clock);
  janitor.process(started.agentPid);
  open.push(() => started.stop());
  return started;
}

/** Where things are on this machine: everything on loopback, on the ports that were asked for. */
function writePlacement(runtime: string, { ports }: DemoOptions): string {
  const at = (port: number): string => `127.0.0.1:${port}`;
  const placement = {
    'virtualNode/colorteller': { app: at(ports.app), listen: { 15000: at(ports.teller) }, reach: { 15000: at(ports.teller) } },
    'virtualGateway/colorgateway': { listen: { 9080: at(ports.gateway) } },
  };
  const path = join(runtime, 'placement.json');
  writeFileSync(path, JSON.stringify({ placement }, null, 2));
  return path;
}

/** Asks ColorGateway as an external client does. */
export function askColour(port: number): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: '/', agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body: body.trim() }));
    }).once('error', reject);
  });
}
