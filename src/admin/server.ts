import { type Server, type ServerResponse, createServer } from 'node:http';
import type { Clock } from '../clock.ts';
import type { HostPort } from '../config/config.ts';
import { AgentError } from '../errors.ts';
import { type StatusBoard, unreadyReason } from '../status.ts';
import type { Exposition } from './late-metrics.ts';
import { type StatusDocument, statusDocument } from './document.ts';

export interface AdminPorts {
  readonly clock: Clock;
  readonly status: StatusBoard;
  readonly metrics: { expose(): Promise<Exposition> };
  /** Asks Envoy whether it is LIVE; the answer is its state, or why there is none. */
  readonly envoyState: () => Promise<string>;
}

/** A running HTTP server; read-only by construction: only GET and HEAD are answered. */
export interface AdminServer {
  readonly port: number;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  /** Content-Security-Policy. */
  readonly policy?: string;
}

/** `/live`, `/ready`, `/status`, `/metrics` and a page for people on MTLS_ADMIN. Throws `address-in-use`. */
export async function serveAdmin(address: HostPort, ports: AdminPorts): Promise<AdminServer> {
  const server = createServer((request, response) => {
    // not by URL, which throws on such targets as //
    const [path = '/'] = (request.url ?? '/').split('?');
    const answered = request.method === 'GET' || request.method === 'HEAD' ? answer(path, ports) : Promise.resolve(text(405, 'read-only: use GET'));
    answered.then(
      (found) => send(response, found),
      (cause: unknown) => send(response, text(500, String(cause))),
    );
  });
  await listen(server, address);
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(path: string, ports: AdminPorts): Promise<Answer> {
  switch (path) {
    case '/live':
      return ports.clock.monotonicMs() <= ports.status.current.silentUntilMs ? text(200, 'live') : text(503, 'the loop has not turned for longer than it may');
    case '/ready': {
      const reason = await reasonOf(ports);
      return reason === undefined ? text(200, 'ready') : text(503, reason);
    }
    case '/status':
      return { status: 200, type: 'application/json', body: `${JSON.stringify(documentOf(ports), null, 2)}\n` };
    case '/metrics':
      return { status: 200, ...(await ports.metrics.expose()) };
    case '/': {
      const { PAGE_POLICY, renderPage } = await import('./page.ts');
      const body = renderPage({ document: documentOf(ports), reason: await reasonOf(ports), now: ports.clock.now() });
      return { status: 200, type: 'text/html; charset=utf-8', body, policy: PAGE_POLICY };
    }
    default:
      return text(404, 'try /, /live, /ready, /status or /metrics');
  }
}

function documentOf({ status, clock }: AdminPorts): StatusDocument {
  return statusDocument(status.current, clock.now(), clock.monotonicMs());
}

/** Envoy is asked only when nothing else is missing. */
async function reasonOf({ status, clock, envoyState }: AdminPorts): Promise<string | undefined> {
  const reason = unreadyReason(status.current, clock.now());
  if (reason !== undefined) return reason;
  const state = await envoyState();
  return state === 'LIVE' ? undefined : `envoy is ${state}`;
}

function text(status: number, body: string): Answer {
  return { status, type: 'text/plain; charset=utf-8', body: `${body}\n` };
}

function send(response: ServerResponse, { status, type, body, policy }: Answer): void {
  // what was true a second ago is no answer to a health check
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', 'content-length': Buffer.byteLength(body), ...(policy !== undefined && { 'content-security-policy': policy }) }).end(body);
}

function listen(server: Server, { host, port }: HostPort): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new AgentError('address-in-use', `cannot listen on ${host}:${port} (MTLS_ADMIN): ${cause.message}`, { hint: 'set MTLS_ADMIN to a free address, or to off', cause })),
    );
    server.listen(port, host, resolve);
  });
}
