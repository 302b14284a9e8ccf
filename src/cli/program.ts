import { AgentError, toAgentError } from '../errors.ts';
import type { Command, CommandIo } from './command.ts';
import { fetchCommand } from './fetch.ts';
import { runCommand, type RunPorts } from './run.ts';
import { serveCommand } from './serve.ts';
import { versionCommand } from './version.ts';

type Load = (ports: RunPorts) => Promise<Command>;

/** Every subcommand, in the order of `--help`; each is loaded when it is used, for `run` must start fast. */
const COMMANDS: Readonly<Record<string, Load>> = {
  run: (ports) => Promise.resolve(runCommand(ports)),
  serve: (ports) => Promise.resolve(serveCommand(ports)),
  fetch: (ports) => Promise.resolve(fetchCommand(ports)),
  check: async (ports) => (await import('./check.ts')).checkCommand(ports),
  stats: async () => (await import('./stats.ts')).statsCommand,
  status: async () => (await import('./status.ts')).statusCommand,
  compile: async () => (await import('./compile.ts')).compileCommand,
  version: () => Promise.resolve(versionCommand),
};

/** Runs `mtls-agent ARGUMENTS` and resolves to its exit code; nothing that was thrown gets past here. */
export async function runProgram(args: readonly string[], io: CommandIo, ports: RunPorts): Promise<number> {
  const [name = '--help', ...rest] = args;
  try {
    if (name === '--help' || name === '-h' || name === 'help') return await printHelp(io, ports);
    if (name === '--version') return await versionCommand.run(rest, io);
    const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (load === undefined) throw await unknownCommand(name);
    const command = await load(ports);
    // what stands behind -- belongs to Envoy
    if (beforeDashes(rest).some((arg) => arg === '--help' || arg === '-h')) {
      io.stdout(command.usage);
      return 0;
    }
    return await command.run(rest, io);
  } catch (thrown) {
    const { createReport } = await import('./report.ts');
    return createReport(io).failure(toAgentError(thrown));
  }
}

function beforeDashes(args: readonly string[]): readonly string[] {
  const at = args.indexOf('--');
  return at === -1 ? args : args.slice(0, at);
}

async function unknownCommand(name: string): Promise<AgentError> {
  const { closest } = await import('fastest-levenshtein');
  return new AgentError('usage', `there is no command ${name}`, { hint: `did you mean ${closest(name, Object.keys(COMMANDS))}? mtls-agent --help lists all` });
}

async function printHelp(io: CommandIo, ports: RunPorts): Promise<number> {
  const commands = await Promise.all(Object.values(COMMANDS).map((load) => load(ports)));
  const width = Math.max(...commands.map(({ name }) => name.length)) + 2;
  io.stdout(`mtls-agent: the entrypoint of an Envoy container that brings its certificates

usage: mtls-agent COMMAND [ARGUMENTS]

${commands.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}`).join('\n')}

mtls-agent COMMAND --help tells more, with examples.
`);
  return 0;
}
