import { join } from 'node:path';
import type { Config } from './config/config.ts';
import { readDefinitions } from './config/definitions.ts';
import type { EnvoyArguments } from './envoy/arguments.ts';
import { AgentError } from './errors.ts';
import { compileMesh } from './mesh/compile.ts';
import type { Manifest } from './mesh/manifest.ts';
import { type Own, type Warning, planOwnConfiguration } from './own-configuration.ts';

/** What this endpoint's Envoy runs with and needs. */
export interface Plan {
  readonly manifest: Manifest;
  readonly configuration: Compiled | Own;
  /** `unix:PATH` or `HOST:PORT` of the Envoy that the agent starts. */
  readonly adminAddress: string;
  /** What works and should not stay as it is. */
  readonly warnings: readonly Warning[];
}

/** The agent writes it into MTLS_DIR. */
export interface Compiled {
  readonly bootstrap: object;
}

/** By the definitions of MTLS_MESH, or by the file that stands behind `--`. */
export function plan(config: Config, { file, rest }: EnvoyArguments): Promise<Plan> {
  return file === undefined ? planEndpoint(config) : planOwnConfiguration(file, rest, config);
}

/** Compiles the endpoint that the environment names. Throws `config-invalid` or `definition-invalid`, which lists every finding. */
async function planEndpoint({ mesh, endpoint, directory, delivery }: Config): Promise<Plan> {
  if (mesh.length === 0) {
    throw new AgentError('config-invalid', 'MTLS_MESH is not set, so there is nothing to run Envoy with', {
      hint: 'set it to the App Mesh definitions, for example MTLS_MESH=mesh/color,mesh/color/mtls, or bring your own configuration: run -- -c envoy.yaml',
    });
  }
  if (endpoint === undefined) {
    throw new AgentError('config-invalid', 'MTLS_ENDPOINT is not set, so it is unknown which endpoint of the mesh this Envoy is', {
      hint: 'for example MTLS_ENDPOINT=virtualNode/colorteller',
    });
  }
  const { outputs, diagnostics } = await compileMesh({ files: readDefinitions(mesh), endpoint, directory, delivery });
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const [output] = outputs;
  if (output !== undefined && errors.length === 0) {
    const { bootstrap, manifest } = output;
    return { manifest, configuration: { bootstrap }, adminAddress: `unix:${join(directory, 'envoy-admin.sock')}`, warnings: [] };
  }
  const lines = errors.map(({ file, line, column, message, hint }) => `  ${[file, line, column].filter((part) => part !== null).join(':')}: ${message}${hint === null ? '' : ` (${hint})`}`);
  throw new AgentError('definition-invalid', `the definitions have ${errors.length} ${errors.length === 1 ? 'error' : 'errors'}\n${lines.join('\n')}`, {
    hint: 'mtls-agent compile prints the same with --json',
  });
}
