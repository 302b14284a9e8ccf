import { serveAgent } from '../agent.ts';
import { parseConfig } from '../config/parse.ts';
import { refuseUnsafeEnvironment } from '../config/refusals.ts';
import { AgentError } from '../errors.ts';
import { createLogger } from '../log.ts';
import type { Command } from './command.ts';
import { environmentHelp } from './environment-help.ts';
import type { RunPorts } from './run.ts';

export function serveCommand(ports: RunPorts): Command {
  return {
    name: 'serve',
    summary: 'the same without a child: for an Envoy in another container that shares MTLS_DIR',
    usage: usage(),
    async run(args, io) {
      const [argument] = args;
      if (argument !== undefined) throw new AgentError('usage', `serve takes no argument ${argument}`, { hint: 'it starts no Envoy; settings come from the environment' });
      refuseUnsafeEnvironment(io.env);
      const config = await parseConfig(io.env);
      const log = createLogger(io.clock, config.logLevel, (line) => io.stderr(line));
      return serveAgent(config, { ...ports, env: io.env, clock: io.clock, log });
    },
  };
}

function usage(): string {
  return `usage: mtls-agent serve

Delivers, proves and rotates as run does, for an Envoy that somebody else starts: in another container, as the same user,
with MTLS_DIR as a shared volume in memory. That Envoy runs with envoy -c MTLS_DIR/envoy.json, compiled from MTLS_MESH. Who
can open the directory can have the key: the socket in it is the trust boundary.

When the agent ends, Envoy goes on with what it has, and the next agent delivers to it again. Envoy's admin is found in
the directory; MTLS_ENVOY_ADMIN names another one.

environment:
${environmentHelp()}

examples:
  MTLS_MESH=mesh/color,mesh/color/mtls MTLS_ENDPOINT=virtualGateway/colorgateway MTLS_IDENTITY=secret:color/gateway mtls-agent serve
  envoy -c /run/mtls-agent/envoy.json

exit codes: 0 stopped by request; 65 bad material or definition; 69 a service stayed unreachable, a secret unfilled or Envoy
away until MTLS_DEADLINE; 77 access denied; 78 bad configuration
`;
}
