import { mkdtempSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readDefinitions } from '../../src/config/definitions.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { compileMesh } from '../../src/mesh/compile.ts';
import { python } from './python.ts';

const HOME = join(import.meta.dirname, '../..');
const FOLDER = join(HOME, 'container/kubernetes');
const FILES = readdirSync(FOLDER);

interface Container {
  readonly name: string;
  readonly restartPolicy?: string;
  readonly args?: readonly string[];
  readonly command?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: unknown }[];
  readonly securityContext: object;
  readonly lifecycle?: { readonly preStop: object };
}

interface Pod {
  readonly terminationGracePeriodSeconds: number;
  readonly securityContext: object;
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
  readonly volumes: readonly { readonly name: string; readonly emptyDir?: object; readonly csi?: object }[];
}

function read(file: string): { readonly document: object; readonly pod: Pod } {
  const document = parse(readFileSync(join(FOLDER, file), 'utf8')) as { spec: { template: { spec: Pod } } };
  return { document, pod: document.spec.template.spec };
}

/** The oldest with native sidecars switched on, and the newest. */
const VERSIONS = ['1.30', '1.37'];

const VALIDATE = `
import json, sys
import kubernetes_validate
try:
    kubernetes_validate.validate(json.load(sys.stdin), sys.argv[1], strict=True)
except kubernetes_validate.ValidationError as error:
    sys.exit('.'.join(str(part) for part in error.path) + ': ' + error.message)
`;

/** As the kubelet mounts a ConfigMap of --from-file: one folder of links into ..data. */
function configMap(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-'));
  mkdirSync(join(folder, '..2026_11_24'));
  symlinkSync('..2026_11_24', join(folder, '..data'));
  for (const source of ['mesh/color', 'mesh/color/mtls']) {
    for (const name of readdirSync(join(HOME, source)).filter((entry) => entry.endsWith('.json'))) {
      symlinkSync(join(HOME, source, name), join(folder, '..2026_11_24', name));
      symlinkSync(join('..data', name), join(folder, name));
    }
  }
  return folder;
}

describe.each(FILES)('%s', (file) => {
  const { document, pod } = read(file);
  const containers = [...(pod.initContainers ?? []), ...pod.containers];
  const agent = containers.find(({ env = [] }) => env.some(({ name }) => name === 'MTLS_ENDPOINT'))!;

  test.each(VERSIONS)('is what Kubernetes %s takes, nothing misspelt', async (version) => {
    await expect(python(VALIDATE, document, [version])).resolves.toBe('');
  });

  test('runs as 1337, hardened, with its material in memory', () => {
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1337, seccompProfile: { type: 'RuntimeDefault' } });
    for (const { securityContext } of containers) expect(securityContext).toEqual({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } });
    expect(pod.volumes).toContainEqual({ name: 'memory', emptyDir: { medium: 'Memory', sizeLimit: '4Mi' } });
  });

  test('is given variables that exist and an endpoint that the definitions have, mounted as a ConfigMap', async () => {
    const env = Object.fromEntries((agent.env ?? []).map(({ name, value = '' }) => [name, value]));
    const { endpoint } = await parseConfig(env);
    const folder = configMap();
    const { outputs } = await compileMesh({ files: readDefinitions([folder]), endpoint: endpoint!, directory: '/run/mtls/agent', delivery: 'sds' });
    rmSync(folder, { recursive: true });
    expect(outputs.map((output) => output.endpoint)).toEqual([endpoint]);
  });

  test('has time to drain before it is killed', async () => {
    const { drainMs } = await parseConfig(Object.fromEntries((agent.env ?? []).map(({ name, value = '' }) => [name, value])));
    expect(pod.terminationGracePeriodSeconds * 1_000).toBeGreaterThanOrEqual(drainMs + 5_000);
  });
});

test('and the check can fail: a misspelt field is refused', async () => {
  const { document } = read('colorteller.yaml');
  await expect(python(VALIDATE, { ...document, specs: {} }, ['1.37'])).rejects.toThrow(/specs/);
});
