import type { EmbeddedAws } from './aws/embedded-aws.ts';
import { type HttpReply, type HttpServer, listen } from './aws/http.ts';
import type { Credentials, End } from './credentials.ts';

/**
 * What a person or a test asks of the embedded AWS in its container, over HTTP on the container's own loopback: `POST
 * /renew/gateway`, `POST /renew/teller` (answer: version and serial as JSON), `POST /spoil/…`, `GET /calls`, `GET /ready`.
 */
export function startErrands(port: number, aws: EmbeddedAws, credentials: Credentials): Promise<HttpServer> {
  return listen(port, async ({ method, path }) => {
    if (method === 'GET' && path === '/ready') return reply(200, { ready: true });
    if (method === 'GET' && path === '/calls') return reply(200, aws.calls.all.map(({ operation }) => operation));
    const [, verb = '', end = ''] = path.split('/');
    if (method !== 'POST' || !isEnd(end)) return reply(404, { error: `no errand ${method} ${path}` });
    if (verb === 'renew') return reply(200, await credentials.renew(end));
    if (verb === 'spoil') return reply(200, (await credentials.spoil(end), { spoiled: end }));
    return reply(404, { error: `no errand ${verb}` });
  });
}

function isEnd(text: string): text is End {
  return text === 'gateway' || text === 'teller';
}

function reply(status: number, body: object): HttpReply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
