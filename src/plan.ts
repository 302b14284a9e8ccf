import type { Config } from './config/config.ts';
import { readDefinitions } from './config/definitions.ts';
import { AgentError } from './errors.ts';
import { compileMesh } from './mesh/compile.ts';
import type { Manifest } from './mesh/manifest.ts';

/** What this endpoint's Envoy runs with and needs. */
export interface Plan {
  readonly bootstrap: object;
  readonly manifest: Manifest;
}

/** Compiles the endpoint that the environment names. Throws `config-invalid` or `definition-invalid`, which lists every finding. */
export async function planEndpoint({ mesh, endpoint, directory, delivery }: Config): Promise<Plan> {
  if (mesh.length === 0) {
    throw new AgentError('config-invalid', 'MTLS_MESH is not set, so there is nothing to run Envoy with', {
      hint: 'set it to the App Mesh definitions, for example MTLS_MESH=mesh/color,mesh/color/mtls',
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
  if (output !== undefined && errors.length === 0) return output;
  const lines = errors.map(({ file, line, column, message, hint }) => `  ${[file, line, column].filter((part) => part !== null).join(':')}: ${message}${hint === null ? '' : ` (${hint})`}`);
  throw new AgentError('definition-invalid', `the definitions have ${errors.length} ${errors.length === 1 ? 'error' : 'errors'}\n${lines.join('\n')}`, {
    hint: 'mtls-agent compile prints the same with --json',
  });
}
