import { parseDuration } from '../config/duration.ts';
import { parseConfig } from '../config/parse.ts';
import { refuseUnsafeEnvironment } from '../config/refusals.ts';
import { readEnvoyArguments } from '../envoy/arguments.ts';
import { AgentError } from '../errors.ts';
import { createLogger } from '../log.ts';
import { type RunOptions, runAgent } from '../agent.ts';
import type { AgentPorts } from '../ports.ts';
import { parseArguments } from './arguments.ts';
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
      const options = readOptions(args);
      refuseUnsafeEnvironment(io.env);
      const config = await parseConfig(io.env);
      const log = createLogger(io.clock, config.logLevel, (line) => io.stderr(line));
      return runAgent(config, options, { ...ports, env: io.env, clock: io.clock, log });
    },
  };
}

function readOptions(args: readonly string[]): RunOptions {
  const dashes = args.includes('--') ? args.indexOf('--') : args.length;
  const own = args.slice(0, dashes);
  const [unknown] = own.filter((word, index) => !/^--drain-wait(=|$)/.test(word) && own[index - 1] !== '--drain-wait');
  if (unknown !== undefined) throw new AgentError('usage', `run takes no argument ${unknown}`, { hint: 'settings come from the environment, arguments for Envoy stand behind --' });
  const { values } = parseArguments(own, { 'drain-wait': { type: 'string' } });
  return { envoy: readEnvoyArguments(args.slice(dashes + 1)), drainWaitMs: readDrainWait(values['drain-wait']) };
}

function readDrainWait(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  try {
    return parseDuration(given);
  } catch (cause) {
    throw new AgentError('usage', `--drain-wait: ${(cause as Error).message}`, { cause });
  }
}

function usage(): string {
  return `usage: mtls-agent run [--drain-wait DURATION] [-- ENVOY-ARGUMENTS]

Fetches certificate, key and trust, starts Envoy, delivers, proves on the wire what is in use, and looks at the sources
again until stopped. Envoy's configuration is compiled from MTLS_MESH, or is a file of your own: run -- -c FILE. To that
the agent adds the cluster agent_sds, an admin socket and a node where it has none; its secrets are called identity and trust.

options:
  --drain-wait DURATION  at a stop, how long health checks fail before listeners drain: what balancers need to turn away
                         (default: interval times unhealthyThreshold of the definition's health check, or 0s without one)

environment:
${environmentHelp()}

examples:
  MTLS_MESH=mesh/color,mesh/color/mtls MTLS_ENDPOINT=virtualGateway/colorgateway MTLS_IDENTITY=secret:color/gateway mtls-agent run
  mtls-agent run -- --concurrency 2 --log-level warning
  mtls-agent run --drain-wait 10s -- -c envoy.yaml
  MTLS_IDENTITY=secret:web/identity mtls-agent run -- -c envoy.yaml

exit codes: 0 stopped by request; 65 bad material or definition; 69 a service stayed unreachable or a secret unfilled until
MTLS_DEADLINE; 77 access denied; 78 bad configuration; otherwise Envoy's own, or 128 + signal number
`;
}
