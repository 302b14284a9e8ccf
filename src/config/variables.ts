import { LOG_LEVELS, type LogLevel } from '../log.ts';
import { parseAdminAddress, parseHostPort } from './address.ts';
import { parseDuration, parseSpan } from './duration.ts';
import { parseEndpoint } from './endpoint.ts';
import { quote } from './quote.ts';
import { parseSourceOf } from './source-reference.ts';
import { parseSourceMap } from './source-map.ts';

/** One environment variable. `parse` throws an Error that shows what was given and what is expected. */
interface Setting<T> {
  readonly meaning: string;
  /** The default, in the form the variable is written in. */
  readonly fallback?: string;
  /** How the absence of a value is described; required where there is no `fallback`. */
  readonly without?: string;
  /** Why the default is what it is. */
  readonly reason: string;
  readonly parse: (given: string) => T;
}

/** Every variable of ours. Parsing, `--help` and the README's table are made from this. */
export const SETTINGS = {
  MTLS_IDENTITY: {
    meaning: 'source of certificate and key',
    without: 'none',
    reason: 'an endpoint without TLS needs none, and a guessed secret could be that of another service',
    parse: (given: string) => parseSourceOf('identity', given).text,
  },
  MTLS_TRUST: {
    meaning: 'comma-separated sources of trust anchors; their union is the bundle',
    without: 'none',
    reason: 'whom to trust is never guessed',
    parse: (given: string) => parseList(given).map((source) => parseSourceOf('trust', source).text),
  },
  MTLS_NAMES: {
    meaning: 'DNS names or URIs of which our own leaf must carry one',
    without: 'from the definition',
    reason: 'the definition that peers verify against is the authority on names',
    parse: parseNames,
  },
  MTLS_SOURCES: {
    meaning: 'JSON: identity:REFERENCE or trust:REFERENCE to source',
    fallback: '{}',
    reason: 'an endpoint with one reference of a kind needs MTLS_IDENTITY and MTLS_TRUST only',
    parse: parseSourceMap,
  },
  MTLS_MESH: {
    meaning: 'definition files or folders to compile at start',
    without: 'none',
    reason: 'a hand-written Envoy configuration is a full choice, too',
    parse: parseList,
  },
  MTLS_ENDPOINT: {
    meaning: 'which endpoint of the mesh this Envoy is: virtualNode/NAME, virtualGateway/NAME, or App Mesh\'s ARN',
    without: 'APPMESH_RESOURCE_ARN',
    reason: 'task definitions that come from App Mesh already carry it',
    parse: parseEndpoint,
  },
  MTLS_DELIVERY: {
    meaning: 'sds: gRPC on a unix socket; files: generations under MTLS_DIR',
    fallback: 'sds',
    reason: 'with SDS no key touches a file, and Envoy takes a rotation as one unit',
    parse: oneOf('sds', 'files'),
  },
  MTLS_DIR: {
    meaning: 'directory for sockets and generations, 0700; keys go to tmpfs only',
    fallback: '/run/mtls-agent',
    reason: 'where the file system hierarchy standard puts sockets of running services; mount a tmpfs there',
    parse: parseDirectory,
  },
  MTLS_POLL: {
    meaning: 'how often a source is asked, ±20 % jitter',
    without: '60s for secrets, 1h for ACM and Private CA',
    reason: 'a lost notice costs at most a minute, at 0.22 USD a month and secret; certificate authorities change by the year and have small quotas',
    parse: parseSpan,
  },
  MTLS_NOTICES: {
    meaning: 'SQS queue (URL or ARN) that brings rotation notices',
    without: 'none',
    reason: 'polling finds every rotation without a queue to pay for and to own',
    parse: parseQueue,
  },
  MTLS_DEADLINE: {
    meaning: 'how long the first delivery may take',
    fallback: '60s',
    reason: 'several attempts of a few seconds fit, and it ends before a load balancer or ECS usually gives a new task up',
    parse: parseSpan,
  },
  MTLS_ADMIN: {
    meaning: 'address of live, ready, status, metrics and the page; off for none',
    fallback: '127.0.0.1:9902',
    reason: 'read-only, yet it names certificates: loopback, beside Envoy\'s own 9901',
    parse: (given: string) => (given === 'off' ? 'off' : parseHostPort(given)),
  },
  MTLS_ENVOY: {
    meaning: 'Envoy\'s binary',
    without: 'envoy on PATH, then /usr/local/bin/envoy, /usr/bin/envoy',
    reason: 'the two places are those of Envoy\'s images and packages',
    parse: (given: string) => given,
  },
  MTLS_ENVOY_ADMIN: {
    meaning: 'Envoy\'s admin (127.0.0.1:9901, unix:PATH), needed by serve only',
    without: 'our own socket',
    reason: 'a unix socket of ours cannot be reached by the application next door',
    parse: parseAdminAddress,
  },
  MTLS_DRAIN: {
    meaning: 'longest drain at shutdown',
    fallback: '20s',
    reason: 'leaves a third of the 30 s that ECS and Kubernetes give between TERM and KILL',
    parse: parseDuration,
  },
  MTLS_LOG: {
    meaning: 'error, warn, info or debug; JSON lines on stderr, one event each',
    fallback: 'info',
    reason: 'every rotation leaves a trace, no idle minute does',
    parse: oneOf<LogLevel>(...LOG_LEVELS),
  },
  MTLS_ALLOW_DISK: {
    meaning: 'write a key to a file system that is not tmpfs or ramfs',
    fallback: 'false',
    reason: 'a key on a disk outlives the task',
    parse: parseBoolean,
  },
  MTLS_ALLOW_HTTP_ENDPOINT: {
    meaning: 'accept a plain-HTTP AWS endpoint whose host is not loopback',
    fallback: 'false',
    reason: 'anybody on the way could read the secret',
    parse: parseBoolean,
  },
} as const satisfies Readonly<Record<string, Setting<unknown>>>;

/** A row of the table of variables, for `--help` and the README. */
export interface Variable {
  readonly name: string;
  readonly meaning: string;
  readonly default: string;
  readonly reason: string;
}

export const VARIABLES: readonly Variable[] = Object.entries<Setting<unknown>>(SETTINGS).map(([name, setting]) => ({
  name,
  meaning: setting.meaning,
  default: setting.fallback ?? setting.without ?? 'none',
  reason: setting.reason,
}));

function parseList(given: string): readonly string[] {
  return given.split(',').map((part) => part.trim()).filter((part) => part !== '');
}

function parseNames(given: string): readonly string[] {
  const names = parseList(given);
  const odd = names.find((name) => /[\s"'\\]/.test(name));
  if (odd !== undefined) throw new Error(`${quote(odd)} is not a name, expected DNS names or URIs, for example color.example or spiffe://example/color`);
  return names;
}

function oneOf<T extends string>(...choices: readonly T[]): (given: string) => T {
  return (given) => {
    const choice = choices.find((known) => known === given);
    if (choice === undefined) throw new Error(`${quote(given)} is unknown, expected ${choices.join(', ').replace(/, ([^,]*)$/, ' or $1')}`);
    return choice;
  };
}

function parseBoolean(given: string): boolean {
  return oneOf('true', 'false')(given) === 'true';
}

/** The sockets' paths must fit `sun_path` (unix(7)): 108 bytes with the final zero, 17 of them `/envoy-admin.sock`. */
const LONGEST_DIRECTORY = 90;

function parseDirectory(given: string): string {
  if (!given.startsWith('/')) throw new Error(`${quote(given)} is relative, expected an absolute path`);
  const bytes = Buffer.byteLength(given);
  if (bytes > LONGEST_DIRECTORY) throw new Error(`${quote(given)} has ${bytes} bytes, expected at most ${LONGEST_DIRECTORY}, so that the path of a socket in it fits the kernel's limit`);
  return given.replace(/(?<=.)\/+$/, '');
}

function parseQueue(given: string): string {
  if (/^https?:\/\/[^\s/]+\/[^\s]+$/.test(given) || /^arn:aws[\w-]*:sqs:[\w-]+:\d{12}:[\w.-]+$/.test(given)) return given;
  throw new Error(`${quote(given)} is not a queue, expected the URL or the ARN of an SQS queue`);
}
