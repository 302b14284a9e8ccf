import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { envoyAdmin, type EnvoyAdmin } from '../envoy/admin.ts';
import { counterLine, type Counters, parseCounters } from '../envoy/counters.ts';
import { readIncarnation } from '../envoy/incarnation.ts';
import { growth, readSnapshot, saveSnapshot } from '../envoy/snapshot.ts';
import { type Expectation, exitCodeOf, judge, listenersOf, sentence, type Verdict } from '../envoy/verdict.ts';
import { AgentError } from '../errors.ts';
import { parseArguments } from './arguments.ts';
import type { Command, CommandIo } from './command.ts';
import { createReport } from './report.ts';

/** Envoy answers within milliseconds; what takes longer is not going to. */
const PATIENCE_MS = 5_000;

const USAGE = `usage: mtls-agent stats --expect mtls|one-way [--admin ADDRESS] [--listener PREFIX]
                        [--since FILE] [--save FILE] [--json]

Reads the handshake counters of a running Envoy, prints them as Envoy does, then one verdict for each inbound
listener that terminates TLS.

  --expect mtls       pass if there were handshakes, none without a client certificate, and clients have signed
  --expect one-way    pass if there were handshakes, all of them without a client certificate
  --admin ADDRESS     Envoy's admin, HOST:PORT or unix:PATH
                      (default: $MTLS_DIR/envoy-admin.sock if it is there, else 127.0.0.1:9901)
  --listener PREFIX   judge only the listener with this statistics prefix, such as 0.0.0.0_15000
  --save FILE         keep the counters for a later --since
  --since FILE        judge only what happened since the counters were saved
  --json              print the result as JSON

exit codes: 0 all listeners pass, 1 one fails, 3 no evidence (no TLS connection yet, or Envoy was restarted
since --since), 64 usage, 69 Envoy's admin cannot be reached

examples:
  mtls-agent stats --expect mtls
  mtls-agent stats --expect one-way --admin colorteller.mtls-ec2.svc.cluster.local:9901
  mtls-agent stats --expect mtls --save before.json; …; mtls-agent stats --expect mtls --since before.json
`;

const OPTIONS = {
  expect: { type: 'string' },
  admin: { type: 'string' },
  listener: { type: 'string' },
  since: { type: 'string' },
  save: { type: 'string' },
  json: { type: 'boolean' },
} as const;

interface Request {
  readonly expect: Expectation;
  readonly admin: EnvoyAdmin;
  readonly listener: string | undefined;
  readonly since: string | undefined;
  readonly save: string | undefined;
  readonly json: boolean;
}

/** Tells mutual from one-way TLS by the counters of a running Envoy. */
export const statsCommand: Command = {
  name: 'stats',
  summary: "tell mutual from one-way TLS by Envoy's counters",
  usage: USAGE,
  async run(args, io) {
    const request = await readRequest(args, io);
    const counters = await read(request.admin, io);
    const judged = await against(request, counters, io);
    const verdicts = listenersOf(judged)
      .filter(({ listener }) => request.listener === undefined || listener === request.listener)
      .map((tls) => judge(tls, request.expect));
    print(request, counters, verdicts, io);
    if (verdicts.length === 0) return createReport(io).failure(nothingToJudge(request, judged));
    return exitCodeOf(verdicts);
  },
};

async function readRequest(args: readonly string[], io: CommandIo): Promise<Request> {
  const { values, positionals } = parseArguments(args, OPTIONS);
  if (positionals.length > 0) throw new AgentError('usage', `unexpected argument '${positionals.join(' ')}'`);
  const { expect, since, save } = values;
  if (expect !== 'mtls' && expect !== 'one-way') {
    const given = expect === undefined ? 'is missing' : `cannot be '${expect}'`;
    throw new AgentError('usage', `--expect ${given}`, { hint: '--expect mtls or --expect one-way' });
  }
  const inDirectory = (file: string): string => resolve(io.cwd ?? '.', file);
  return {
    expect,
    admin: envoyAdmin(values.admin ?? (await defaultAdmin(io))),
    // people copy it from a counter's name
    listener: values.listener?.replace(/^listener\./, ''),
    since: since === undefined ? undefined : inDirectory(since),
    save: save === undefined ? undefined : inDirectory(save),
    json: values.json ?? false,
  };
}

async function defaultAdmin(io: CommandIo): Promise<string> {
  const socket = join(io.env['MTLS_DIR'] ?? '/run/mtls-agent', 'envoy-admin.sock');
  const found = await stat(socket).then((entry) => entry.isSocket(), () => false);
  return found ? `unix:${socket}` : '127.0.0.1:9901';
}

async function read(admin: EnvoyAdmin, io: CommandIo): Promise<Counters> {
  return parseCounters(await admin.get(`/stats?filter=${encodeURIComponent('^listener\\..*\\.ssl\\.')}`, patience(admin, io)));
}

/** The counters to judge: all since Envoy's start, or what they grew by. Saves them on the way. */
async function against({ admin, since, save }: Request, counters: Counters, io: CommandIo): Promise<Counters> {
  if (since === undefined && save === undefined) return counters;
  const before = since === undefined ? undefined : await readSnapshot(since);
  const now = { startedAt: (await readIncarnation(admin, patience(admin, io))).startedAt, counters };
  if (save !== undefined) await saveSnapshot(save, now);
  return before === undefined ? counters : growth(before, now);
}

function patience(admin: EnvoyAdmin, io: CommandIo): AbortSignal {
  const late = new AgentError('envoy-unreachable', `envoy's admin at ${admin.address} does not answer within ${PATIENCE_MS} ms`);
  return io.clock.deadline(PATIENCE_MS, late, io.signal);
}

function print({ expect, admin, json }: Request, counters: Counters, verdicts: readonly Verdict[], io: CommandIo): void {
  if (json) {
    const listeners = verdicts.map((verdict) => ({ ...verdict, counters: Object.fromEntries(shown(counters, verdict.listener)) }));
    io.stdout(`${JSON.stringify({ expect, admin: admin.address, listeners })}\n`);
    return;
  }
  for (const { listener } of verdicts) {
    for (const [name, value] of shown(counters, listener)) io.stdout(`${counterLine(name, value)}\n`);
  }
  for (const verdict of verdicts) io.stdout(`${sentence(verdict, expect)}\n`);
}

/** What the verdict rests on, and every refusal, which tells why a count stays at 0. */
function shown(counters: Counters, listener: string): readonly (readonly [string, number])[] {
  const prefix = `listener.${listener}.ssl.`;
  return [...counters].filter(([name, value]) => {
    if (!name.startsWith(prefix)) return false;
    const counter = name.slice(prefix.length);
    return /^(handshake$|no_certificate$|sigalgs\.)/.test(counter) || (value > 0 && /^(fail_verify_|connection_error$)/.test(counter));
  });
}

function nothingToJudge({ admin, listener }: Request, counters: Counters): AgentError {
  const known = listenersOf(counters).map((tls) => tls.listener);
  if (known.length === 0) {
    return new AgentError('no-evidence', `no listener of envoy at ${admin.address} terminates TLS`, {
      hint: 'a listener without TLS, or whose secret has not arrived yet, has no ssl counters',
    });
  }
  return new AgentError('no-evidence', `envoy at ${admin.address} has no TLS listener ${String(listener)}`, { hint: `it has ${known.join(', ')}` });
}
