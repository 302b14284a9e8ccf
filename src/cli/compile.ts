import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readDefinitions } from '../config/definitions.ts';
import { parseEndpoint } from '../config/endpoint.ts';
import { AgentError } from '../errors.ts';
import { compileMesh, type Compilation, type Output } from '../mesh/compile.ts';
import type { Delivery } from '../mesh/transport-socket.ts';
import { parseArguments } from './arguments.ts';
import type { Command, CommandIo } from './command.ts';
import { reportDiagnostics } from './diagnostic-report.ts';
import { createReport } from './report.ts';

const USAGE = `usage: mtls-agent compile PATH... (--endpoint virtualNode/NAME|virtualGateway/NAME | --all) [options]

Translates App Mesh definitions into an Envoy bootstrap and the manifest of what the agent must bring, one pair per
endpoint. PATH is a file or a folder (one level deep) of definitions in App Mesh's request form, JSON. The whole mesh
is needed, whichever endpoint is compiled. Of a resource that is defined twice the later PATH wins.

options:
  --endpoint NAME   compile this endpoint; App Mesh's ARN is accepted
  --all             compile every endpoint
  --out DIR         write virtualNode_NAME.envoy.json and virtualNode_NAME.manifest.json there; nothing is written
                    unless everything compiles. Without it the contents go to stdout, by file name
  --strict          warnings fail, too (exit 1)
  --json            print {"outputs":[PATH...],"diagnostics":[...]} instead
  --help

MTLS_DIR (default /run/mtls-agent) and MTLS_DELIVERY (sds or files) decide the paths in the result.

examples:
  mtls-agent compile mesh/color mesh/color/mtls --endpoint virtualNode/colorteller
  mtls-agent compile mesh/color mesh/color/one-way --all --out /tmp/envoy --strict

exit: 0 done, 1 warnings under --strict, 64 usage, 65 a definition is refused
`;

const OPTIONS = {
  endpoint: { type: 'string' },
  all: { type: 'boolean' },
  out: { type: 'string' },
  strict: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

type Options = ReturnType<typeof parseArguments<typeof OPTIONS>>['values'];

export const compileCommand: Command = {
  name: 'compile',
  summary: 'translate App Mesh definitions into Envoy configuration',
  usage: USAGE,
  async run(args, io) {
    const { values, positionals } = parseArguments(args, OPTIONS);
    if (positionals.length === 0) throw new AgentError('usage', 'no definitions given', { hint: 'mtls-agent compile mesh/color mesh/color/mtls --all' });
    const request = { files: readDefinitions(positionals, io.cwd), endpoint: endpointOf(values), ...deliveryOf(io) };
    const compilation = await compileMesh(request);
    const exit = exitCode(compilation, values.strict ?? false);
    const outputs = exit === 0 ? deliver(compilation.outputs, values, io) : [];
    if (values.json) io.stdout(`${JSON.stringify({ outputs, diagnostics: compilation.diagnostics })}\n`);
    else reportDiagnostics(compilation.diagnostics, createReport(io));
    return exit;
  },
};

function endpointOf({ endpoint, all }: Options): string {
  if (endpoint !== undefined && all) throw new AgentError('usage', '--endpoint and --all exclude each other');
  if (all) return 'all';
  if (endpoint === undefined) throw new AgentError('usage', 'neither --endpoint nor --all given', { hint: '--all compiles every endpoint of the mesh' });
  try {
    return parseEndpoint(endpoint);
  } catch (cause) {
    throw new AgentError('usage', `--endpoint: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function deliveryOf({ env }: CommandIo): Delivery {
  const delivery = env['MTLS_DELIVERY'] ?? 'sds';
  if (delivery !== 'sds' && delivery !== 'files') throw new AgentError('config-invalid', `MTLS_DELIVERY is ${JSON.stringify(delivery)}, expected sds or files`);
  return { delivery, directory: resolve(env['MTLS_DIR'] ?? '/run/mtls-agent') };
}

function exitCode({ diagnostics }: Compilation, strict: boolean): 0 | 1 | 65 {
  if (diagnostics.some(({ severity }) => severity === 'error')) return 65;
  return strict && diagnostics.length > 0 ? 1 : 0;
}

/** Writes or prints the pairs; returns the paths written. */
function deliver(outputs: readonly Output[], { out, json }: Options, io: CommandIo): readonly string[] {
  const files = outputs.flatMap(pair);
  if (out === undefined) {
    if (!json) io.stdout(format(Object.fromEntries(files)));
    return [];
  }
  const directory = resolve(io.cwd ?? '.', out);
  mkdirSync(directory, { recursive: true });
  // renamed when all are complete: a failed write leaves what was there before
  for (const [name, content] of files) writeFileSync(join(directory, `.${name}.new`), format(content));
  for (const [name] of files) renameSync(join(directory, `.${name}.new`), join(directory, name));
  return files.map(([name]) => join(out, name));
}

function pair({ endpoint, bootstrap, manifest }: Output): readonly (readonly [string, object])[] {
  const stem = endpoint.replace('/', '_');
  return [
    [`${stem}.envoy.json`, bootstrap],
    [`${stem}.manifest.json`, manifest],
  ];
}

function format(content: object): string {
  return `${JSON.stringify(content, undefined, 2)}\n`;
}
