import { fetchOnce } from '../agent.ts';
import { parseConfig } from '../config/parse.ts';
import { refuseUnsafeEnvironment } from '../config/refusals.ts';
import { AgentError } from '../errors.ts';
import { createLogger } from '../log.ts';
import type { Command } from './command.ts';
import { environmentHelp } from './environment-help.ts';
import type { RunPorts } from './run.ts';

export function fetchCommand(ports: RunPorts): Command {
  return {
    name: 'fetch',
    summary: 'one shot for an init container: deliver files once, exit',
    usage: usage(),
    async run(args, io) {
      const [argument] = args;
      if (argument !== undefined) throw new AgentError('usage', `fetch takes no argument ${argument}`, { hint: 'settings come from the environment' });
      refuseUnsafeEnvironment(io.env);
      const config = await parseConfig(io.env);
      const log = createLogger(io.clock, config.logLevel, (line) => io.stderr(line));
      await fetchOnce(config, { ...ports, env: io.env, clock: io.clock, log });
      return 0;
    },
  };
}

function usage(): string {
  return `usage: mtls-agent fetch

Fetches certificate, key and trust, rehearses them, writes them as one generation of files below MTLS_DIR together with
envoy.json, compiled from MTLS_MESH, and ends. MTLS_DELIVERY is files, whatever is set. Run again it replaces what is there in one
step. It does not rotate and proves nothing: for that there are run and serve.

environment:
${environmentHelp()}

examples:
  MTLS_MESH=mesh/color,mesh/color/mtls MTLS_ENDPOINT=virtualGateway/colorgateway MTLS_IDENTITY=secret:color/gateway mtls-agent fetch
  envoy -c /run/mtls-agent/envoy.json

exit codes: 0 everything is there; 65 bad material or definition; 69 a service stayed unreachable or a secret unfilled until
MTLS_DEADLINE; 77 access denied; 78 bad configuration
`;
}
