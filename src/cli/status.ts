import { get } from 'node:http';
import type { HostPort } from '../config/config.ts';
import { parseConfig } from '../config/parse.ts';
import { AgentError } from '../errors.ts';
import { parseArguments } from './arguments.ts';
import type { Command, CommandIo } from './command.ts';
import { type StatusJson, describeStatus } from './status-text.ts';

const USAGE = `usage: mtls-agent status [--watch] [--health] [--json]

What the agent of this container holds, and what of it is on the wire. Asks it at MTLS_ADMIN.

  --watch    look again every second, until Ctrl-C
  --health   the container's health check: pass once it has been ready and as long as agent and Envoy live. An expired or
             unproven certificate must alarm, and not make the orchestrator replace a fleet
  --json     print what /status answers

examples:
  mtls-agent status
  HEALTHCHECK CMD ["/usr/bin/mtls-agent", "status", "--health"]

exit codes: 0 done, or healthy; 1 not healthy; 64 usage; 69 no agent answers; 78 MTLS_ADMIN is off
`;

/** An agent answers within milliseconds, and a health check has seconds. */
const PATIENCE_MS = 3_000;
const WATCH_MS = 1_000;
/** Cursor to the upper left corner, and everything behind it cleared (ECMA-48). */
const CLEAR = '\x1b[H\x1b[J';

/** What is held and what is on the wire; with `--health` whether the container should live on. */
export const statusCommand: Command = {
  name: 'status',
  summary: 'what is held and what is on the wire; --health is the container health check',
  usage: USAGE,
  async run(args, io) {
    const { values, positionals } = parseArguments(args, { watch: { type: 'boolean' }, health: { type: 'boolean' }, json: { type: 'boolean' } });
    if (positionals.length > 0) throw new AgentError('usage', `status takes no argument ${positionals.join(' ')}`);
    if (values.watch && values.health) throw new AgentError('usage', '--watch and --health exclude each other', { hint: 'a health check asks once' });
    const address = await addressOf(io);
    if (values.health) return health(address, io);
    if (values.watch) return watch(address, values.json ?? false, io);
    io.stdout(render(await ask(address, io), values.json ?? false, io));
    return 0;
  },
};

async function addressOf({ env }: CommandIo): Promise<HostPort> {
  const { admin } = await parseConfig(env);
  if (admin !== undefined) return admin;
  throw new AgentError('config-invalid', 'MTLS_ADMIN is off, so the agent cannot be asked', { hint: 'the default, 127.0.0.1:9902, is reachable from inside the task only' });
}

/** Whatever is wrong is one answer: not healthy. */
async function health(address: HostPort, io: CommandIo): Promise<number> {
  const reason = await ask(address, io).then(
    (text) => {
      const status = parse(text);
      return status.healthy ? undefined : (status.unhealthyReason ?? 'unknown');
    },
    (thrown: unknown) => (thrown as Error).message,
  );
  io.stdout(reason === undefined ? 'healthy\n' : `unhealthy: ${reason}\n`);
  return reason === undefined ? 0 : 1;
}

/** On a terminal in place; elsewhere whenever it has changed. */
async function watch(address: HostPort, json: boolean, io: CommandIo): Promise<number> {
  const over = (): boolean => io.signal.aborted;
  for (let last = ''; !over(); ) {
    const text = await ask(address, io).then(
      (body) => render(body, json, io),
      (thrown: unknown) => `${(thrown as Error).message}\n`,
    );
    if (over()) break;
    if (io.colour) io.stdout(CLEAR + text);
    else if (text !== last) io.stdout(text);
    last = text;
    await io.clock.sleep(WATCH_MS, io.signal).catch(() => undefined);
  }
  return 0;
}

function render(body: string, json: boolean, { clock, colour }: CommandIo): string {
  return json ? body : describeStatus(parse(body), clock.now(), colour);
}

function parse(body: string): StatusJson {
  return JSON.parse(body) as StatusJson;
}

/** The body of `/status`. */
function ask({ host, port }: HostPort, { clock, signal }: CommandIo): Promise<string> {
  const limit = clock.deadline(PATIENCE_MS, new Error(`no answer within ${PATIENCE_MS / 1_000} s`), signal);
  // an agent that listens on every address is asked on the loopback one
  const dialled = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host;
  return new Promise((resolve, reject) => {
    const fail = (why: string): void =>
      reject(new AgentError('agent-unreachable', `no agent answers at ${host}:${port} (MTLS_ADMIN): ${why}`, { hint: 'is mtls-agent run or serve up in this container, with this MTLS_ADMIN? its log says why not' }));
    get({ host: dialled, port, path: '/status', agent: false, signal: limit }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.once('error', (cause) => fail(cause.message));
      response.once('end', () => (response.statusCode === 200 && body.startsWith('{') ? resolve(body) : fail(`it is something else, which answers ${response.statusCode}`)));
    }).once('error', (cause) => fail(limit.aborted && limit.reason instanceof Error ? limit.reason.message : cause.message));
  });
}
