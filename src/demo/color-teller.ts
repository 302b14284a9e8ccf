import { type IncomingHttpHeaders, createServer } from 'node:http';
import { AgentError } from '../errors.ts';

/** The colour of the published example. */
const COLOUR = 'yellow';

/** What ColorTeller's Envoy tells its application about the client certificate it verified. */
export interface SeenClient {
  readonly subject: string;
  readonly names: readonly string[];
  readonly serial: string;
  readonly issuer: string;
  readonly notAfter: string;
}

/** The ColorTeller application: answers every request with a colour in plain text. */
export interface ColorTeller {
  /** Of the last request that came with a client certificate. */
  readonly seen: SeenClient | undefined;
  /** How many requests have arrived. */
  readonly requests: number;
  close(): Promise<void>;
}

export async function startColorTeller(port: number): Promise<ColorTeller> {
  let seen: SeenClient | undefined;
  let requests = 0;
  const server = createServer(({ headers }, response) => {
    requests += 1;
    seen = readClient(headers) ?? seen;
    response.writeHead(200, { 'content-type': 'text/plain' }).end(`${COLOUR}\n`);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(new AgentError('address-in-use', `the application cannot listen on 127.0.0.1:${port}: ${cause.message}`, { hint: 'choose another --app-port', cause })));
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    get seen() {
      return seen;
    },
    get requests() {
      return requests;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** `x-forwarded-client-cert` (Envoy, SANITIZE_SET) and the peer headers that the compiler adds on mutual listeners. */
function readClient(headers: IncomingHttpHeaders): SeenClient | undefined {
  const forwarded = one(headers['x-forwarded-client-cert']);
  const serial = one(headers['x-peer-serial']);
  if (forwarded === '' || serial === '') return undefined;
  const elements = [...forwarded.matchAll(/(\w+)=("(?:[^"\\]|\\.)*"|[^;,]*)/g)].map(([, key = '', value = '']) => [key, value.replace(/^"|"$/g, '')] as const);
  const all = (wanted: string): string[] => elements.filter(([key]) => key === wanted).map(([, value]) => value);
  return {
    subject: all('Subject')[0] ?? '',
    names: [...all('DNS'), ...all('URI')].filter((name) => name !== ''),
    serial,
    issuer: one(headers['x-peer-issuer']),
    notAfter: one(headers['x-peer-not-after']).replace(/\.0+Z$/, 'Z'),
  };
}

function one(header: string | string[] | undefined): string {
  return (Array.isArray(header) ? header[0] : header) ?? '';
}
