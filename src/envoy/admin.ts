import { request, type IncomingMessage } from 'node:http';
import { AgentError } from '../errors.ts';

/** Envoy's own words for its state; only `LIVE` serves. It says nothing about secrets. */
export type EnvoyState = 'LIVE' | 'DRAINING' | 'PRE_INITIALIZING' | 'INITIALIZING';

/** Envoy's admin interface. Failures are AgentErrors `envoy-unreachable`; an aborted signal rejects with its own reason. */
export interface EnvoyAdmin {
  /** As written by people: `127.0.0.1:9901` or `unix:PATH`. */
  readonly address: string;
  /** Body of a 200. */
  get(path: string, signal: AbortSignal): Promise<string>;
  /** Body of a 200; everything that changes Envoy is a POST. */
  post(path: string, signal: AbortSignal): Promise<string>;
  /** What `/ready` says, whatever its status. */
  state(signal: AbortSignal): Promise<EnvoyState>;
}

type Target = { readonly socketPath: string } | { readonly host: string; readonly port: number };

interface Reply {
  readonly status: number;
  readonly body: string;
}

/** @throws {AgentError} `usage` if the address is neither `HOST:PORT` nor `unix:PATH` */
export function envoyAdmin(address: string): EnvoyAdmin {
  const target = parseAddress(address);
  const ask = async (method: string, path: string, signal: AbortSignal): Promise<Reply> => {
    try {
      return await exchange(target, method, path, signal);
    } catch (thrown) {
      if (signal.aborted) throw signal.reason;
      throw unreachable(address, target, thrown);
    }
  };
  const body = async (method: string, path: string, signal: AbortSignal): Promise<string> => {
    const reply = await ask(method, path, signal);
    if (reply.status === 200) return reply.body;
    throw refused(address, `${method} ${path}`, reply);
  };
  return {
    address,
    get: (path, signal) => body('GET', path, signal),
    post: (path, signal) => body('POST', path, signal),
    state: async (signal) => stateOf(address, await ask('GET', '/ready', signal)),
  };
}

function parseAddress(address: string): Target {
  if (address.startsWith('unix:') && address.length > 'unix:'.length) return { socketPath: address.slice('unix:'.length) };
  const [, ipv6, name, digits] = /^(?:\[([\da-f:]+)\]|([\w.-]+)):(\d{1,5})$/i.exec(address) ?? [];
  const host = ipv6 ?? name;
  const port = Number(digits);
  if (host !== undefined && port > 0 && port < 65_536) return { host, port };
  throw new AgentError('usage', `envoy's admin address '${address}' is neither HOST:PORT nor unix:PATH`, {
    hint: 'for example 127.0.0.1:9901 or unix:/run/mtls-agent/envoy-admin.sock',
  });
}

function exchange(target: Target, method: string, path: string, signal: AbortSignal): Promise<Reply> {
  return new Promise((resolve, reject) => {
    // agent: false closes the connection with the reply, so that our own polling never looks like traffic to drain
    const sent = request({ ...target, method, path, signal, agent: false }, (response) => {
      collect(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
    });
    sent.on('error', reject).end();
  });
}

async function collect(response: IncomingMessage): Promise<string> {
  let body = '';
  for await (const piece of response.setEncoding('utf8') as AsyncIterable<string>) body += piece;
  return body;
}

function stateOf(address: string, reply: Reply): EnvoyState {
  const word = reply.body.trim();
  switch (word) {
    case 'LIVE':
    case 'DRAINING':
    case 'PRE_INITIALIZING':
    case 'INITIALIZING':
      return word;
    default:
      throw refused(address, 'GET /ready', reply);
  }
}

function refused(address: string, what: string, reply: Reply): AgentError {
  const said = reply.body.trim().slice(0, 200);
  return new AgentError('envoy-unreachable', `envoy's admin at ${address} answered ${what} with ${reply.status}: ${said}`, {
    hint: reply.status === 403 ? 'the admin section of the bootstrap has allow_paths: add this path' : `is it Envoy that listens at ${address}?`,
  });
}

function unreachable(address: string, target: Target, cause: unknown): AgentError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new AgentError('envoy-unreachable', `envoy's admin at ${address} does not answer: ${why}`, { cause, hint: hintFor(target, cause) });
}

function hintFor(target: Target, cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'EACCES') return 'the socket belongs to another user: run as that user';
  if ('socketPath' in target) return 'is Envoy running, and is MTLS_DIR the directory of the agent that started it?';
  return 'is Envoy running, and does its bootstrap have an admin section with this address?';
}
