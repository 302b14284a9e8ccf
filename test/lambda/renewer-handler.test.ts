import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bundleOf, inlined } from '../../build/lambdas.mjs';
import { Resolver, readTemplate, statementsOf } from '../fixtures/cloudformation.ts';
import { startAws } from '../fixtures/aws.ts';
import { type Invocation, invoke } from '../fixtures/lambda-runtime.ts';

const template = readTemplate('renewal.yaml');
const SITE = { region: 'eu-central-1', account: '123456789012' };
const arn = (service: string, rest: string): string => `arn:aws:${service}:${SITE.region}:${SITE.account}:${rest}`;

const CERTIFICATES = { TellerCertificate: arn('acm', 'certificate/11111111-1111-1111-1111-111111111111'), GatewayCertificate: arn('acm', 'certificate/22222222-2222-2222-2222-222222222222') };
const AUTHORITIES = { teller: arn('acm-pca', 'certificate-authority/33333333-3333-3333-3333-333333333333'), gateway: arn('acm-pca', 'certificate-authority/44444444-4444-4444-4444-444444444444') };
const SECRETS = { TellerIdentity: arn('secretsmanager', 'secret:color/colorteller-Ab12Cd'), GatewayIdentity: arn('secretsmanager', 'secret:color/colorgateway-Ab12Cd'), GatewayTrust: arn('secretsmanager', 'secret:color/colorgateway-ca-Ab12Cd') };
const parameters = { ...CERTIFICATES, ...SECRETS, GatewayAuthority: AUTHORITIES.gateway, Key: arn('kms', 'key/1') };
const resolver = new Resolver(template, { ...SITE, parameters });
const rolling = new Resolver(template, { ...SITE, parameters: { ...parameters, Rolling: 'true' } });

let code: string;
beforeAll(async () => {
  code = inlined(await bundleOf('renewer'));
});

let world: Awaited<ReturnType<typeof startAws>>;
beforeEach(async () => {
  // the very policies of the template, enforced
  world = await startAws({ ...SITE, roles: { renewer: statementsOf(template, rolling, 'RenewerRole') } });
  const { acm, privateCa, secretsManager } = world.aws;
  acm.renewalMs = 0;
  for (const secret of Object.values(SECRETS)) secretsManager.create({ arn: secret });
  for (const [side, authorityArn] of Object.entries(AUTHORITIES)) await privateCa.create({ arn: authorityArn, subject: `CN=${side}` });
  await acm.request({ arn: CERTIFICATES.TellerCertificate, domainName: 'colorteller.mesh', authorityArn: AUTHORITIES.teller, algorithm: 'EC_prime256v1' });
  await acm.request({ arn: CERTIFICATES.GatewayCertificate, domainName: 'colorgateway.mesh', authorityArn: AUTHORITIES.gateway, algorithm: 'EC_prime256v1' });
});
afterEach(() => world.stop());

function environmentOf(stack: Resolver): Record<string, string> {
  const { Variables } = stack.resolve(template.Resources['Renewer']!.Properties['Environment']) as { Variables: Record<string, string> };
  return { ...Variables, AWS_REGION: SITE.region, AWS_ENDPOINT_URL: world.aws.url, AWS_ACCESS_KEY_ID: 'renewer', AWS_SECRET_ACCESS_KEY: 'embedded' };
}

const call = (event: unknown, stack = resolver): Promise<Invocation> => invoke(code, event, environmentOf(stack));
const contents = (name: string): unknown => resolver.resolve(template.Resources[name]!.Properties);

async function value(secretId: string): Promise<Record<string, string>> {
  return JSON.parse((await world.clients.secretsManager.send(new GetSecretValueCommand({ SecretId: secretId }))).SecretString ?? '{}') as Record<string, string>;
}

describe('the function of the template, with the environment and the policies of the template', () => {
  it('fills what its custom resources ask for (promises 52, 53)', async () => {
    for (const name of ['TellerIdentityContents', 'GatewayIdentityContents', 'GatewayTrustContents']) {
      const { result, failed } = await call({ fill: contents(name) });
      expect([failed, result]).toEqual([false, expect.objectContaining({ versionId: expect.stringMatching(/^[0-9a-f]{64}$/) as string })]);
    }
    expect(Object.keys(await value(SECRETS.GatewayIdentity))).toEqual(['Certificate', 'CertificateChain', 'PrivateKey', 'Passphrase']);
    expect(await value(SECRETS.GatewayTrust)).toEqual({ TrustBundle: world.aws.privateCa.authority(AUTHORITIES.gateway).certificatePem });
  });

  it('takes the event of its rule, and the sweep; neither writes a secret into its log', async () => {
    await call({ fill: contents('GatewayIdentityContents') });
    await call({ fill: contents('TellerIdentityContents') });
    const told: object[] = [];
    const { EventPattern } = template.Resources['CertificateEvents']!.Properties as { EventPattern: object };
    world.aws.events.rule(resolver.resolve(EventPattern) as object, (event) => told.push(event));
    await world.aws.acm.renew(CERTIFICATES.GatewayCertificate);
    expect(told).toHaveLength(1);
    const first = await call(told[0]);
    expect(first.result).toMatchObject({ occasion: 'available', done: [{ secret: SECRETS.GatewayIdentity, outcome: 'stored' }], failed: [] });
    const sweep = await call({ source: 'aws.events', 'detail-type': 'Scheduled Event', resources: [], detail: {} });
    expect(sweep.result).toMatchObject({ occasion: 'sweep', failed: [] });
    const { Passphrase = '', PrivateKey = '' } = await value(SECRETS.GatewayIdentity);
    expect(first.log + sweep.log).not.toContain(Passphrase);
    expect(first.log + sweep.log).not.toContain(PrivateKey.split('\n')[1]);
  });

  it('replaces services only where that is chosen', async () => {
    expect(environmentOf(resolver)['SERVICES']).toBe('');
    for (const service of ['colorteller', 'colorgateway']) world.aws.ecs.create('color', service, () => Promise.resolve());
    for (const name of ['TellerIdentityContents', 'GatewayIdentityContents']) await call({ fill: contents(name) });
    expect((await call({ export: CERTIFICATES.GatewayCertificate }, rolling)).result).toMatchObject({ failed: [], done: expect.arrayContaining([expect.objectContaining({ rollout: expect.any(String) as string })]) as unknown });
  });

  it('may touch no other secret and no other certificate', async () => {
    world.aws.secretsManager.create({ name: 'other' });
    const { failed, result } = await call({ fill: { SecretId: 'other', CertificateArn: CERTIFICATES.GatewayCertificate } });
    expect([failed, result]).toEqual([true, expect.objectContaining({ errorMessage: expect.stringMatching(/may not secretsmanager:DescribeSecret/) as string })]);
  });

  it('says by hand what it does not know', async () => {
    expect(await call({ renwe: 'x' })).toMatchObject({ failed: true, result: { errorMessage: expect.stringContaining('does not know what to do') as string } });
  });
});

describe('what the policies grant is what the code calls, no more and no less', () => {
  const LAMBDA = join(import.meta.dirname, '../../src/lambda');
  const SERVICES: Readonly<Record<string, string>> = { acm: 'acm', 'acm-pca': 'acm-pca', ecs: 'ecs', 'secrets-manager': 'secretsmanager', lambda: 'lambda' };

  /** `XCommand` of `@aws-sdk/client-y` in these files, as IAM spells it. */
  function called(files: readonly string[]): readonly string[] {
    const actions = files.flatMap((file) => {
      const source = readFileSync(join(LAMBDA, file), 'utf8');
      return [...source.matchAll(/import \{([^}]*)\} from '@aws-sdk\/client-([\w-]+)'/g)].flatMap(([, names = '', client = '']) => [...names.matchAll(/(\w+)Command\b/g)].map(([, operation = '']) => `${SERVICES[client] ?? client}:${operation === 'Invoke' ? 'InvokeFunction' : operation}`));
    });
    return [...new Set(actions)].sort();
  }

  const granted = (role: string): readonly string[] => {
    const actions = statementsOf(template, rolling, role).flatMap(({ Action }) => [Action].flat());
    // by Lambda itself and by Secrets Manager on behalf of the caller
    return [...new Set(actions)].filter((action) => !/^(logs|kms):|^sqs:SendMessage$/.test(action)).sort();
  };

  const EXPORTER = ['exporter.ts', 'exporter-handler.ts'];

  it('by the renewer', () => {
    expect(granted('RenewerRole')).toEqual(called(readdirSync(LAMBDA).filter((file) => !EXPORTER.includes(file))));
  });

  it('by the exporter, which cannot read a key at all', () => {
    expect(granted('ExporterRole')).toEqual(called(EXPORTER));
  });

  it('by the readers of both endpoints: their own secrets and no export (promise 68)', () => {
    const services = readTemplate('services.yaml');
    const stack = new Resolver(services, { ...SITE, parameters: { ...parameters, TellerAuthority: AUTHORITIES.teller } });
    const of = (role: string): unknown => statementsOf(services, stack, role).map(({ Action, Resource }) => [Action, Resource]);
    expect(of('TellerReader')).toEqual([[['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'], [SECRETS.TellerIdentity, SECRETS.GatewayTrust]], ['kms:Decrypt', parameters.Key]]);
    expect(of('GatewayReader')).toEqual([[['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'], [SECRETS.GatewayIdentity]], ['kms:Decrypt', parameters.Key], ['acm-pca:GetCertificateAuthorityCertificate', AUTHORITIES.teller]]);
  });
});
