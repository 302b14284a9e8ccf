import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { HANDLERS, bundleOf } from '../../build/lambdas.mjs';
import { MOST_BYTES, packaged } from '../../build/stacks.mjs';
import { type Template, Resolver, parseTemplate, readTemplate } from '../fixtures/cloudformation.ts';

const FOLDER = join(import.meta.dirname, '../../mesh/stacks');

describe.each(readdirSync(FOLDER))('%s', (name) => {
  it('fits into a request with the handlers inside', async () => {
    expect(Buffer.byteLength(await packaged(readFileSync(join(FOLDER, name), 'utf8')))).toBeLessThan(MOST_BYTES);
  });

  it('says of each parameter that has no default what it is', () => {
    for (const [parameter, { Type, Default, ...rest }] of Object.entries(readTemplate(name).Parameters ?? {})) {
      if (Default === undefined && !Type.startsWith('AWS::') && Type !== 'Number') expect(rest, parameter).toHaveProperty('Description');
    }
  });
});

describe('the packaged renewal', () => {
  it('holds the very bundles of the sources', async () => {
    const template = parseTemplate(await packaged(readFileSync(join(FOLDER, 'renewal.yaml'), 'utf8')));
    for (const handler of HANDLERS) {
      const resource = template.Resources[handler === 'exporter' ? 'Exporter' : 'Renewer']!;
      const { ZipFile } = resource.Properties['Code'] as { ZipFile: string };
      const inside = brotliDecompressSync(Buffer.from(/from\('([^']+)','base64'\)/.exec(ZipFile)?.[1] ?? '', 'base64')).toString();
      expect(inside).toBe(await bundleOf(handler));
      // for whoever asks what is in it
      expect(inside).toContain(handler === 'exporter' ? 'PhysicalResourceId' : 'ExportCertificateCommand');
    }
  });

  it('loses nothing but comments', async () => {
    const text = readFileSync(join(FOLDER, 'secrets.yaml'), 'utf8');
    expect(parseTemplate(await packaged(text))).toEqual(parseTemplate(text));
  });
});

/** What services.yaml says in CloudFormation's spelling, container/ecs says in ECS's. */
describe('the task definitions of services.yaml', () => {
  const template: Template = readTemplate('services.yaml');
  const resolver = new Resolver(template, { region: 'REGION', account: 'ACCOUNT', parameters: { Image: 'ACCOUNT.dkr.ecr.REGION.amazonaws.com/color-envoy:TAG', AppImage: 'ACCOUNT.dkr.ecr.REGION.amazonaws.com/colorteller:TAG', TellerIdentity: 'secret:color/colorteller', GatewayIdentity: 'secret:color/colorgateway', GatewayTrust: 'secret:color/colorgateway-ca' } });
  const lower = (value: unknown, key = ''): unknown => {
    if (Array.isArray(value)) return value.map((item) => lower(item));
    if (typeof value !== 'object' || value === null) return value;
    // log options are not CloudFormation's to spell
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [key === 'options' ? name : `${name[0]?.toLowerCase() ?? ''}${name.slice(1)}`, lower(inner, `${name[0]?.toLowerCase() ?? ''}${name.slice(1)}`)]));
  };

  it.each([['TellerTask', 'colorteller'], ['GatewayTask', 'colorgateway']])('%s is container/ecs/%s.fargate.json', (resource, name) => {
    const file = JSON.parse(readFileSync(join(FOLDER, '../../container/ecs', `${name}.fargate.json`), 'utf8').replaceAll('"/ecs/color"', '"Log"')) as Record<string, unknown>;
    const task = lower(resolver.resolve(template.Resources[resource]!.Properties)) as Record<string, unknown>;
    // roles are the stack's own
    const roles = { executionRoleArn: undefined, taskRoleArn: undefined };
    expect({ ...file, ...roles }).toEqual({ ...task, ...roles });
  });

  it.each([['mtls', 'secret:color/colorgateway'], ['one-way', '']])('mode %s gives the gateway the identity "%s" with the same image (promises 12, 23)', (mode, identity) => {
    const chosen = new Resolver(template, { region: 'r', account: 'a', parameters: { Mode: mode, GatewayIdentity: 'secret:color/colorgateway', Image: 'i' } });
    const { ContainerDefinitions: [envoy] } = chosen.resolve(template.Resources['GatewayTask']!.Properties) as { ContainerDefinitions: [{ Environment: { Name: string; Value: string }[] }] };
    expect(Object.fromEntries(envoy.Environment.map(({ Name, Value }) => [Name, Value]))).toMatchObject({ MTLS_IDENTITY: identity, MTLS_MESH: `/mesh/color,/mesh/color/${mode}` });
  });
});

describe('the guardrails (promise 126)', () => {
  it('share the CAs only when somebody is named', () => {
    const template = readTemplate('guardrails.yaml');
    const shared = (to: string[]): boolean => new Resolver(template, { region: 'r', account: 'a', parameters: { ShareWith: to } }).has('Share');
    expect([shared(['']), shared(['123456789012'])]).toEqual([false, true]);
  });
});

describe('the authorities (promises 7, 10, 25)', () => {
  const template = readTemplate('authorities.yaml');
  const issuing = (subordinates: string): unknown => new Resolver(template, { region: 'r', account: 'a', parameters: { Subordinates: subordinates } }).resolve(Object.values(template.Outputs ?? {}).map(({ Value }) => Value));

  it('issue from the roots, or from intermediates', () => {
    expect(issuing('false')).toEqual(['TellerRoot', 'GatewayRoot']);
    expect(issuing('true')).toEqual(['TellerIssuing', 'GatewayIssuing']);
  });

  it('authorise ACM to renew below both, wherever it issues', () => {
    for (const [side, authority] of [['TellerPermission', 'TellerIssuing'], ['GatewayPermission', 'GatewayIssuing']] as const) {
      const resolver = new Resolver(template, { region: 'r', account: 'a', parameters: { Subordinates: 'true' } });
      expect(resolver.resolve(template.Resources[side]!.Properties)).toEqual({ CertificateAuthorityArn: authority, Principal: 'acm.amazonaws.com', Actions: ['IssueCertificate', 'GetCertificate', 'ListPermissions'] });
    }
  });
});
