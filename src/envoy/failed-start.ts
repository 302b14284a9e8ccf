import { type Server, createServer } from 'node:net';
import type { Clock } from '../clock.ts';
import { AgentError, toAgentError } from '../errors.ts';
import type { Manifest } from '../mesh/manifest.ts';
import { type Validation, validateConfiguration } from './validation.ts';

/** What Envoy's own `main` ends with when it cannot start, for whatever reason. */
export const FAILED_START = 1;

/**
 * Why an Envoy that was never LIVE ended with 1. Its output goes past us, and the code is the same for every cause; so
 * each is looked for afterwards, as Envoy does: a configuration or an argument that it refuses, then an address that is taken.
 */
export async function explainFailedStart(validation: Validation, { listeners }: Manifest, clock: Clock): Promise<AgentError> {
  try {
    await validateConfiguration(validation, clock);
  } catch (thrown) {
    return toAgentError(thrown);
  }
  for (const { host, port } of listeners) {
    const obstacle = await obstacleTo(host, port);
    if (obstacle !== undefined) return describeObstacle(`${host}:${port}`, obstacle);
  }
  return new AgentError('envoy-refused-configuration', `envoy ended with ${FAILED_START} before it was LIVE, though it accepts its configuration by itself`, { hint: 'its own last lines in the log say why' });
}

function describeObstacle(address: string, { code, message }: NodeJS.ErrnoException): AgentError {
  if (code === 'EADDRINUSE') {
    return new AgentError('address-in-use', `envoy cannot listen on ${address}: another process does`, { hint: 'end that one, or give the listener another port in the definitions' });
  }
  return new AgentError('envoy-refused-configuration', `envoy cannot listen on ${address}: ${message}`, { hint: 'ports below 1024 need a privilege, and the address must be one of this machine' });
}

/** Why nobody can listen there now; undefined: one can. */
function obstacleTo(host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const server: Server = createServer();
    server.once('error', resolve);
    server.listen({ host, port }, () => server.close(() => resolve(undefined)));
  });
}
