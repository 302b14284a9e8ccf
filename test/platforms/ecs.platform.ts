import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/parse.ts';
import { readDefinitions } from '../../src/config/definitions.ts';
import { compileMesh } from '../../src/mesh/compile.ts';
import { python } from './python.ts';

const HOME = join(import.meta.dirname, '../..');
const FOLDER = join(HOME, 'container/ecs');
const FILES = readdirSync(FOLDER);

interface Container {
  readonly name: string;
  readonly user?: string;
  readonly readonlyRootFilesystem: boolean;
  readonly stopTimeout: number;
  readonly memory: number;
  readonly environment: readonly { readonly name: string; readonly value: string }[];
  readonly secrets?: unknown;
  readonly dependsOn?: readonly { readonly containerName: string; readonly condition: string }[];
  readonly healthCheck?: { readonly command: readonly string[] };
  readonly linuxParameters: { readonly initProcessEnabled: boolean; readonly capabilities: object; readonly tmpfs?: readonly { readonly containerPath: string; readonly mountOptions: readonly string[] }[] };
}

interface TaskDefinition {
  readonly requiresCompatibilities: readonly string[];
  readonly memory: string;
  readonly containerDefinitions: readonly Container[];
}

function read(file: string): TaskDefinition {
  return JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as TaskDefinition;
}

const VALIDATE = `
import json, sys
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator
shape = ServiceModel(Loader().load_service_model('ecs', 'service-2')).operation_model('RegisterTaskDefinition').input_shape
task = json.load(sys.stdin)
problems = ParamValidator().validate(task, shape).generate_report()
def enums(value, shape, path):
    if shape.type_name == 'structure':
        for key, inner in value.items():
            yield from enums(inner, shape.members[key], path + '.' + key)
    elif shape.type_name == 'list':
        for inner in value:
            yield from enums(inner, shape.member, path + '[]')
    elif getattr(shape, 'enum', None) and value not in shape.enum:
        yield f'{path}: {value} is none of {shape.enum}'
problems = problems or '\\n'.join(enums(task, shape, ''))
if problems:
    sys.exit(problems)
`;

test('there is one for each endpoint on Fargate and on EC2', () => {
  expect(FILES.toSorted()).toEqual(['colorgateway.ec2.json', 'colorgateway.fargate.json', 'colorteller.ec2.json', 'colorteller.fargate.json']);
});

describe.each(FILES)('%s', (file) => {
  const task = read(file);
  const envoy = task.containerDefinitions.find(({ name }) => name === 'envoy')!;

  test("is what ECS takes, by botocore's model, enumerations included", async () => {
    await expect(python(VALIDATE, task)).resolves.toBe('');
  });

  test('keeps material in memory of uid 1337, on a read-only root, without capabilities, with an init', () => {
    expect(envoy).toMatchObject({ user: '1337:1337', readonlyRootFilesystem: true, linuxParameters: { initProcessEnabled: true, capabilities: { drop: ['ALL'] } } });
    expect(envoy.linuxParameters.tmpfs).toEqual([{ containerPath: '/run/mtls-agent', size: 4, mountOptions: expect.arrayContaining(['uid=1337', 'mode=0700']) as unknown }]);
  });

  test('has no secret in its environment, and every variable of ours is known', async () => {
    expect(task.containerDefinitions.filter(({ secrets }) => secrets !== undefined)).toEqual([]);
    const config = await parseConfig(Object.fromEntries(envoy.environment.map(({ name, value }) => [name, value])));
    expect(config.identity).toMatch(/^secret:/);
    expect(envoy.environment.map(({ name }) => name).filter((name) => /KEY|PASS|TOKEN|SECRET/.test(name))).toEqual([]);
  });

  test('names an endpoint that the definitions have', async () => {
    const { endpoint, mesh } = await parseConfig(Object.fromEntries(envoy.environment.map(({ name, value }) => [name, value])));
    const { outputs } = await compileMesh({ files: readDefinitions(mesh.map((path) => join(HOME, path))), endpoint: endpoint!, directory: '/run/mtls-agent', delivery: 'sds' });
    expect(outputs.map((output) => output.endpoint)).toEqual([endpoint]);
  });

  test('stops Envoy after MTLS_DRAIN at the earliest, and the application after Envoy', async () => {
    const { drainMs } = await parseConfig({});
    expect(envoy.stopTimeout * 1_000).toBeGreaterThan(drainMs + 5_000);
    const app = task.containerDefinitions.find(({ name }) => name === 'app');
    // ECS stops in the reverse order of what depends on what
    if (app !== undefined) expect(envoy.dependsOn).toEqual([{ containerName: 'app', condition: 'START' }]);
    expect(envoy.healthCheck?.command).toEqual(['CMD', '/usr/bin/mtls-agent', 'status', '--health']);
  });

  test('fits the memory of its task', () => {
    expect(task.containerDefinitions.reduce((sum, { memory }) => sum + memory, 0)).toBeLessThanOrEqual(Number(task.memory));
  });
});

test('and the check can fail: a misspelt option and an unknown value are refused', async () => {
  const task = read('colorteller.fargate.json');
  await expect(python(VALIDATE, { ...task, networkMod: 'awsvpc' })).rejects.toThrow(/networkMod/);
  await expect(python(VALIDATE, { ...task, networkMode: 'vpc' })).rejects.toThrow(/networkMode: vpc is none of/);
});
