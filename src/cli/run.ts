import { parseConfig } from '../config/parse.ts';
import { refuseUnsafeEnvironment } from '../config/refusals.ts';
import { AgentError } from '../errors.ts';
import { createLogger } from '../log.ts';
import { runAgent } from '../agent.ts';
import type { AgentPorts } from '../ports.ts';
import type { Command } from './command.ts';
import { environmentHelp } from './environment-help.ts';

/** What `run` needs of the process beyond what every command gets. */
export type RunPorts = Pick<AgentPorts, 'random' | 'uid' | 'pid1' | 'inspected' | 'releaseMemory' | 'stop' | 'signals'>;

export function runCommand(ports: RunPorts): Command {
  return {
    name: 'run',
    summary: 'the container entrypoint: deliver certificates, start and supervise Envoy, rotate until stopped',
    usage: usage(),
    async run(args, io) {
      const envoyArguments = readArguments(args);
      refuseUnsafeEnvironment(io.env);
      const config = await parseConfig(io.env);
      const log = createLogger(io.clock, config.logLevel, (line) => io.stderr(line));
      return runAgent(config, envoyArguments, { ...ports, env: io.env, clock: io.clock, log });
    },
  };
}

function readArguments(args: readonly string[]): readonly string[] {
  const [dashes, ...envoyArguments] = args;
  if (dashes !== undefined && dashes !== '--') {
    throw new AgentError('usage', `run takes no argument ${dashes}`, { hint: 'settings come from the environment, arguments for Envoy stand behind --' });
  }
  const own = envoyArguments.find((argument) => /^(-c|--config-path|--config-yaml|--base-id|--use-dynamic-base-id|--disable-hot-restart|--restart-epoch)(=|$)/.test(argument));
  if (own !== undefined) {
    throw new AgentError('config-invalid', `${own} is set by mtls-agent, which compiles Envoy's configuration from MTLS_MESH`, { hint: 'take it out; behind -- go settings such as --concurrency 2' });
  }
  return envoyArguments;
}

function usage(): string {
  return `usage: mtls-agent run [-- ENVOY-ARGUMENTS]

Fetches certificate, key and trust, starts Envoy, delivers, proves on the wire what is in use, and looks at the sources
again until stopped. Envoy's configuration is compiled from MTLS_MESH.

environment:
${environmentHelp()}

examples:
  MTLS_MESH=mesh/color,mesh/color/mtls MTLS_ENDPOINT=virtualGateway/colorgateway MTLS_IDENTITY=secret:color/gateway mtls-agent run
  mtls-agent run -- --concurrency 2 --log-level warning

exit codes: 0 stopped by request; 65 bad material or definition; 69 a service stayed unreachable or a secret unfilled until
MTLS_DEADLINE; 77 access denied; 78 bad configuration; otherwise Envoy's own, or 128 + signal number
`;
}
