import { type ChildProcess, spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { normalSerial } from '../../src/material/serial.ts';
import { freePort } from '../fixtures/free-ports.ts';

const HOME = join(import.meta.dirname, '../..');

/**
 * What the image gives the agent (facts: arenas and thresholds keep glibc from holding freed memory, one thread is enough for
 * the few files, and V8's helper threads have nothing to do).
 */
const IMAGE_ENVIRONMENT = { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '65536', MALLOC_MMAP_THRESHOLD_: '65536', UV_THREADPOOL_SIZE: '1' };
const IMAGE_OPTIONS = ['--v8-pool-size=0'];

type Settings = Readonly<Record<string, string>>;

/** How the agent is run in a measurement. */
export interface AgentVariant {
  readonly delivery: 'sds' | 'files';
  readonly over: 'http' | 'https';
  /** Without: somebody who only sleeps in Envoy's place. */
  readonly envoy: boolean;
}

/** A directory in memory for one process. */
export interface Workplace {
  readonly directory: string;
  readonly remove: () => void;
}

/** Everything that stands while measurements run. */
export interface Stage {
  readonly envoy: string;
  /** The port that ColorTeller's TLS listener binds. */
  readonly port: number;
  readonly workplace: () => Workplace;
  readonly spawnNode: (args: readonly string[]) => ChildProcess;
  readonly spawnAgent: (variant: AgentVariant, directory: string) => ChildProcess;
  readonly close: () => Promise<void>;
}

/** Starts AWS and prepares what all measurements share. `dist`: bundles and caches made by this Node. */
export async function openStage(envoy: string, dist: string): Promise<Stage> {
  const root = mkdtempSync('/dev/shm/mtls-bench-');
  const anchor = join(root, 'aws-ca.pem');
  const aws = spawn(process.execPath, [join(import.meta.dirname, 'aws.ts'), anchor], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = (await once(aws.stdout, 'data')) as [Buffer];
  const { environment, teller, httpsUrl } = JSON.parse(line.toString()) as { environment: Settings; teller: Settings; httpsUrl: string };
  const port = await freePort();
  const common = { PATH: process.env['PATH'] ?? '', ...IMAGE_ENVIRONMENT, ...environment, ...teller, ...meshAt(root, port), MTLS_ADMIN: '127.0.0.1:0', MTLS_DRAIN: '0s' };
  const sleeper = join(root, 'sleeper');
  writeFileSync(sleeper, '#!/bin/sh\nexec sleep 600\n');
  chmodSync(sleeper, 0o700);
  return {
    envoy,
    port,
    workplace: () => makeWorkplace(root),
    spawnNode: (args) => spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'], env: { PATH: common.PATH } }),
    spawnAgent(variant, directory) {
      const https = variant.over === 'https' ? { AWS_ENDPOINT_URL: httpsUrl, NODE_EXTRA_CA_CERTS: anchor } : {};
      const env = { ...common, ...https, MTLS_DIR: directory, MTLS_DELIVERY: variant.delivery, MTLS_ENVOY: variant.envoy ? envoy : sleeper };
      return spawn(process.execPath, [...IMAGE_OPTIONS, join(dist, 'mtls-agent.cjs'), 'run', '--', '--concurrency', '1'], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    },
    async close() {
      aws.stdin.end();
      await once(aws, 'exit');
      rmSync(root, { recursive: true, force: true });
    },
  };
}

function meshAt(root: string, port: number): Settings {
  const address = `127.0.0.1:${port}`;
  const placement = join(root, 'placement.json');
  writeFileSync(placement, JSON.stringify({ placement: { 'virtualNode/colorteller': { app: '127.0.0.1:9', listen: { 15000: address }, reach: { 15000: address } } } }));
  return { MTLS_MESH: [join(HOME, 'mesh/color'), join(HOME, 'mesh/color/mtls'), placement].join(',') };
}

function makeWorkplace(root: string): Workplace {
  const directory = mkdtempSync(join(root, 'run-'));
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

/** Ends a process; a second TERM means now. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

/** What a bare Envoy needs to do the same work: the agent's own bootstrap with the certificates it delivered as static files. */
export interface StaticEnvoy {
  readonly bootstrap: string;
  /** Of the leaf that it serves. */
  readonly serial: string;
}

/** @param delivered MTLS_DIR of an agent that has delivered files; what is made goes into `directory` */
export function makeStatic(delivered: string, directory: string): StaticEnvoy {
  mkdirSync(directory, { recursive: true });
  let serial = '';
  const copy = (name: string, part: string): { filename: string } => {
    const content = readFileSync(join(delivered, 'current', name, part));
    if (part === 'tls.crt') serial = normalSerial(new X509Certificate(content).serialNumber);
    const filename = join(directory, `${name}-${part}`);
    writeFileSync(filename, content, { mode: 0o600 });
    return { filename };
  };
  const bootstrap = JSON.parse(readFileSync(join(delivered, 'envoy.json'), 'utf8'), (key, value: unknown) => {
    if (!isContext(value) || key !== 'common_tls_context') return value;
    const { tls_certificate_sds_secret_configs: [identity], combined_validation_context: combined, ...rest } = value;
    const trust = combined.validation_context_sds_secret_config.name;
    return {
      ...rest,
      tls_certificates: [{ certificate_chain: copy(identity.name, 'tls.crt'), private_key: copy(identity.name, 'tls.key') }],
      validation_context: { ...combined.default_validation_context, trusted_ca: copy(trust, 'ca.crt') },
    };
  }) as { admin: { address: { pipe: { path: string } } } };
  bootstrap.admin.address.pipe.path = join(directory, 'admin.sock');
  const file = join(directory, 'envoy.json');
  writeFileSync(file, JSON.stringify(bootstrap));
  return { bootstrap: file, serial };
}

interface Context {
  readonly tls_certificate_sds_secret_configs: readonly [{ readonly name: string }];
  readonly combined_validation_context: { readonly default_validation_context: object; readonly validation_context_sds_secret_config: { readonly name: string } };
}

function isContext(value: unknown): value is Context {
  return typeof value === 'object' && value !== null && 'combined_validation_context' in value;
}
