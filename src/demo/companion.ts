import { once } from 'node:events';
import { request } from 'node:http';
import { createReport } from '../cli/report.ts';
import { systemClock } from '../clock.ts';
import { AgentError, toAgentError } from '../errors.ts';
import { startEmbeddedAws } from './aws/embedded-aws.ts';
import { startColorTeller } from './color-teller.ts';
import { ACCOUNT, REGION, issueCredentials } from './credentials.ts';
import { startErrands } from './errands.ts';
import { startLoad } from './load.ts';

const USAGE = `usage: companion.cjs ROLE

What stands beside the agents in container/compose.yaml, each in a container of its own.

  aws                the embedded AWS with both private CAs and filled secrets, on port 4566; errands on 127.0.0.1:4567
  app                the ColorTeller application on 127.0.0.1:8080
  load URL           six clients until TERM; a line every five seconds, and the sum as JSON at the end
  ask METHOD URL     one request; prints the answer, exit 0 if its status is 2xx: for health checks and errands

examples:
  companion.cjs load http://colorgateway:9080
  companion.cjs ask POST http://127.0.0.1:4567/renew/gateway
`;

/** Where agents look for AWS, and where only this container asks for a renewal. */
const AWS_PORT = 4566;
const ERRANDS_PORT = 4567;
/** Where ColorTeller's definition expects its application. */
const APP_PORT = 8080;
/** Often enough to see a failure happen, seldom enough to read the log. */
const LINE_EVERY_MS = 5_000;

const quit = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => quit.abort(new Error(signal)));

/** Resolves to the exit code. */
type Role = (...args: string[]) => Promise<number>;

const aws: Role = async () => {
  const embedded = await startEmbeddedAws({ clock: systemClock, port: AWS_PORT, host: '0.0.0.0', region: REGION, account: ACCOUNT });
  const errands = await startErrands(ERRANDS_PORT, embedded, await issueCredentials(embedded, 'mtls'));
  print(`the embedded AWS is up on port ${AWS_PORT}`);
  await asked();
  await Promise.all([errands.close(), embedded.close()]);
  return 0;
};

const app: Role = async () => {
  const teller = await startColorTeller(APP_PORT);
  print(`the ColorTeller application is up on 127.0.0.1:${APP_PORT}`);
  await asked();
  await teller.close();
  return 0;
};

const load: Role = async (url = '') => {
  const { hostname: host, port } = new URL(url);
  const running = startLoad(Number(port), systemClock, host);
  while (!quit.signal.aborted) {
    await systemClock.sleep(LINE_EVERY_MS, quit.signal).catch(() => undefined);
    print(JSON.stringify(Object.fromEntries(running.outcomes)));
  }
  const outcomes = await running.stop();
  print(JSON.stringify({ sum: Object.fromEntries(outcomes) }));
  return 0;
};

const ask: Role = (method = '', url = '') =>
  new Promise((resolve) => {
    request(url, { method, agent: false }, (response) => {
      response.pipe(process.stdout);
      const { statusCode = 0 } = response;
      response.once('end', () => resolve(statusCode >= 200 && statusCode < 300 ? 0 : 1));
    })
      .once('error', (cause) => {
        process.stderr.write(`${cause.message}\n`);
        resolve(1);
      })
      .end();
  });

const ROLES = new Map(Object.entries({ aws, app, load, ask }));

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function asked(): Promise<void> {
  if (!quit.signal.aborted) await once(quit.signal, 'abort');
}

async function main([role = '', ...args]: readonly string[]): Promise<number> {
  if (role === '--help') return (process.stdout.write(USAGE), 0);
  const play = ROLES.get(role);
  if (play === undefined) throw new AgentError('usage', `no role ${role === '' ? 'given' : `"${role}"`}`, { hint: 'companion.cjs --help lists them' });
  return play(...args);
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (thrown: unknown) => process.exit(createReport({ stderr: (text) => void process.stderr.write(text), colour: false }).failure(toAgentError(thrown))),
);
