import { parseConfig } from '../config/parse.ts';
import { refuseUnsafeEnvironment } from '../config/refusals.ts';
import { type EnvoyArguments, readEnvoyArguments } from '../envoy/arguments.ts';
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

function readArguments(args: readonly string[]): EnvoyArguments {
  const [dashes, ...words] = args;
  if (dashes !== undefined && dashes !== '--') {
    throw new AgentError('usage', `run takes no argument ${dashes}`, { hint: 'settings come from the environment, arguments for Envoy stand behind --' });
  }
  return readEnvoyArguments(words);
}

function usage(): string {
  return `usage: mtls-agent run [-- ENVOY-ARGUMENTS]

Fetches certificate, key and trust, starts Envoy, delivers, proves on the wire what is in use, and looks at the sources
again until stopped. Envoy's configuration is compiled from MTLS_MESH, or is a file of your own: run -- -c FILE. To that
the agent adds the cluster agent_sds, an admin socket and a node where it has none; its secrets are called identity and trust.

environment:
${environmentHelp()}

examples:
  MTLS_MESH=mesh/color,mesh/color/mtls MTLS_ENDPOINT=virtualGateway/colorgateway MTLS_IDENTITY=secret:color/gateway mtls-agent run
  mtls-agent run -- --concurrency 2 --log-level warning
  MTLS_IDENTITY=secret:web/identity mtls-agent run -- -c envoy.yaml

exit codes: 0 stopped by request; 65 bad material or definition; 69 a service stayed unreachable or a secret unfilled until
MTLS_DEADLINE; 77 access denied; 78 bad configuration; otherwise Envoy's own, or 128 + signal number
`;
}
