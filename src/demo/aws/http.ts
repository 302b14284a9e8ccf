import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A request with its body read. */
export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  /** The first value of a header; names in lower case. */
  header(name: string): string | undefined;
  readonly body: string;
}

export interface HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** How it is sent; absent: as it should be. */
  readonly transport?: Transport;
}

/** Ways of sending that no client likes. */
export type Transport =
  /** Half of it, then the connection ends. */
  | { readonly kind: 'cut' }
  /** Nothing: the connection is reset. */
  | { readonly kind: 'reset' }
  /** Byte by byte, with a pause before each. */
  | { readonly kind: 'drip'; readonly pause: () => Promise<void> };

export interface HttpServer {
  /** `http://127.0.0.1:PORT`: how this machine reaches it, whatever else does. */
  readonly url: string;
  /** Cuts what is open and frees the port. */
  close(): Promise<void>;
}

/** Listens on loopback, or on another address of this machine; port 0 takes a free one. */
export async function listen(port: number, answer: (request: HttpRequest) => Promise<HttpReply>, host = '127.0.0.1'): Promise<HttpServer> {
  const server = createServer((incoming, outgoing) => void respond(incoming, outgoing, answer));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  // listening on TCP, so the address has a port
  const address = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${address.port}`, close: () => close(server) };
}

async function respond(incoming: IncomingMessage, outgoing: ServerResponse, answer: (request: HttpRequest) => Promise<HttpReply>): Promise<void> {
  try {
    const reply = await answer({
      method: incoming.method ?? '',
      path: incoming.url ?? '',
      header: (name) => [incoming.headers[name]].flat()[0],
      body: await text(incoming),
    });
    await send(reply, outgoing);
  } catch {
    // the peer has gone, or the server is closing: there is nobody to tell
    outgoing.destroy();
  }
}

async function send({ status, headers, body, transport }: HttpReply, outgoing: ServerResponse): Promise<void> {
  const bytes = Buffer.from(body);
  outgoing.writeHead(status, { ...headers, 'content-length': bytes.length });
  switch (transport?.kind) {
    case undefined:
      outgoing.end(bytes);
      return;
    case 'cut':
      outgoing.write(bytes.subarray(0, bytes.length / 2), () => outgoing.socket?.destroySoon());
      return;
    case 'reset':
      outgoing.socket?.resetAndDestroy();
      return;
    case 'drip':
      for (const byte of bytes) {
        await transport.pause();
        outgoing.write(Buffer.of(byte));
      }
      outgoing.end();
  }
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
