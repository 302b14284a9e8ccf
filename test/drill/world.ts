import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ACMClient } from '@aws-sdk/client-acm';
import { ACMPCAClient } from '@aws-sdk/client-acm-pca';
import { ECSClient } from '@aws-sdk/client-ecs';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { systemClock } from '../../src/clock.ts';
import type { CertificateWish } from '../../src/demo/aws/certificate-manager.ts';
import { type EmbeddedAws, startEmbeddedAws } from '../../src/demo/aws/embedded-aws.ts';
import type { Fault } from '../../src/demo/aws/fault.ts';
import type { Statement } from '../../src/demo/aws/policy.ts';
import { type ColorTeller, startColorTeller } from '../../src/demo/color-teller.ts';
import { ACCOUNT, GATEWAY_NAME, REGION, SECRETS, TELLER_NAME } from '../../src/demo/credentials.ts';
import { fillSecret } from '../../src/lambda/fill.ts';
import { type RenewerPorts, type RenewerSettings, type Report, renew } from '../../src/lambda/renewer.ts';
import { readSettings } from '../../src/lambda/settings.ts';
import { createLogger } from '../../src/log.ts';
import { Resolver, readTemplate, statementsOf } from '../fixtures/cloudformation.ts';
import { freePort } from '../fixtures/free-ports.ts';
import { TELLER_CA, temporaryPlace } from '../fixtures/running-mesh.ts';
import { type Service, startService } from './fleet.ts';

const HOME = join(import.meta.dirname, '../..');
const SITE = { region: REGION, account: ACCOUNT };
const arn = (service: string, rest: string): string => `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;

export const CERTIFICATES = { teller: arn('acm', 'certificate/11111111-2222-3333-4444-555555555555'), gateway: arn('acm', 'certificate/22222222-3333-4444-5555-666666666666') } as const;
export const SECRET_ARNS = { teller: arn('secretsmanager', `secret:${SECRETS.teller}-Ab12Cd`), gateway: arn('secretsmanager', `secret:${SECRETS.gateway}-Ab12Cd`), gatewayTrust: arn('secretsmanager', `secret:${SECRETS.gatewayTrust}-Ab12Cd`) } as const;
export const GATEWAY_CA = arn('acm-pca', 'certificate-authority/77777777-8888-9999-0000-111111111111');

/** 395 days, a day being 20 seconds: lifetimes are scaled, and nothing is ever minted in the future, for Envoy reads the real clock. */
const LIFETIME_HOURS = (395 * 20) / 3_600;

const HEARS: Statement = { Effect: 'Allow', Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage'], Resource: '*' };

/** What stands after the stacks have been deployed: two services, the renewer behind its rules, everybody with his own policies. */
export interface DrillWorld {
  readonly aws: EmbeddedAws;
  readonly app: ColorTeller;
  readonly services: { readonly teller: Service; readonly gateway: Service };
  /** Of the renewer; to be changed. */
  readonly denied: Statement[];
  readonly faults: Map<string, Fault>;
  /** Whether rules deliver; a lost event is one that they do not. */
  rules: boolean;
  /** Whether ACM's events are delivered three times. */
  triple: boolean;
  /** The renewer as Lambda runs it: what it rejects with is tried twice more. */
  readonly invoke: (event: unknown) => Promise<Report>;
  /** What the renewer has written. */
  readonly lines: readonly string[];
  readonly reports: readonly Report[];
  readonly request: (wish: Partial<CertificateWish>) => Promise<string>;
  /** With every right. */
  readonly administrator: SecretsManagerClient;
  /** Texts that stand in no log: keys and passphrases of every version that was ever current. */
  readonly secrets: () => Promise<readonly string[]>;
  readonly fill: (properties: Readonly<Record<string, unknown>>) => Promise<unknown>;
  readonly settings: { rolling: boolean };
  /** The stack is deployed with the certificate that is to succeed ColorGateway's. */
  readonly announce: (certificateArn: string) => void;
  /** The stack's parameters get another certificate for ColorGateway. */
  readonly adopt: (certificateArn: string) => void;
  readonly close: () => Promise<void>;
}

export async function startDrillWorld(): Promise<DrillWorld> {
  const template = readTemplate('renewal.yaml');
  const parameters = { TellerCertificate: CERTIFICATES.teller, GatewayCertificate: CERTIFICATES.gateway, GatewayAuthority: GATEWAY_CA, TellerIdentity: SECRET_ARNS.teller, GatewayIdentity: SECRET_ARNS.gateway, GatewayTrust: SECRET_ARNS.gatewayTrust, Key: arn('kms', 'key/1'), Rolling: 'true', SuccessorCertificate: '' };
  const stack = new Resolver(template, { ...SITE, parameters });
  const services = readTemplate('services.yaml');
  const readers = new Resolver(services, { ...SITE, parameters: { ...parameters, TellerAuthority: TELLER_CA } });
  const denied: Statement[] = [];
  const faults = new Map<string, Fault>();
  const roles = {
    // read anew at each request
    get renewer(): readonly Statement[] {
      return [...statementsOf(template, stack, 'RenewerRole'), ...denied];
    },
    // as the README says of MTLS_NOTICES: a queue of its own for each task
    'teller-reader': [...statementsOf(services, readers, 'TellerReader'), HEARS],
    'gateway-reader': [...statementsOf(services, readers, 'GatewayReader'), HEARS],
  };
  const aws = await startEmbeddedAws({ clock: systemClock, port: 0, ...SITE, roles, fault: ({ operation }) => faults.get(operation) });
  aws.acm.renewalMs = 200;
  for (const secret of Object.values(SECRET_ARNS)) aws.secretsManager.create({ arn: secret });
  await aws.privateCa.create({ arn: TELLER_CA, subject: 'CN=ColorTeller CA' });
  await aws.privateCa.create({ arn: GATEWAY_CA, subject: 'CN=ColorGateway CA' });
  const request = async (wish: Partial<CertificateWish>): Promise<string> => (await aws.acm.request({ domainName: GATEWAY_NAME, authorityArn: GATEWAY_CA, algorithm: 'EC_prime256v1', validHours: LIFETIME_HOURS, ...wish })).arn;
  await request({ arn: CERTIFICATES.teller, domainName: TELLER_NAME, authorityArn: TELLER_CA });
  await request({ arn: CERTIFICATES.gateway });

  const lines: string[] = [];
  const reports: Report[] = [];
  const clients = clientsOf(aws, 'renewer');
  const ports: RenewerPorts = { clients, log: createLogger(systemClock, 'info', (line) => lines.push(line)), now: () => systemClock.now(), sleep: (ms) => systemClock.sleep(ms) };
  const { Variables } = stack.resolve(template.Resources['Renewer']!.Properties['Environment']) as { readonly Variables: Readonly<Record<string, string>> };
  const chosen = readSettings(Variables);
  const settings = { rolling: false };
  let adopted: string = CERTIFICATES.gateway;
  // as the stack reserves it: one at a time, the others wait at Lambda
  const { ReservedConcurrentExecutions } = stack.resolve({ ReservedConcurrentExecutions: template.Resources['Renewer']!.Properties['ReservedConcurrentExecutions'] }) as { readonly ReservedConcurrentExecutions?: number };
  let before: Promise<unknown> = Promise.resolve();
  const invoke = (event: unknown): Promise<Report> => {
    const run = ReservedConcurrentExecutions === 1 ? before.then(() => attempts(event)) : attempts(event);
    before = run.catch(() => undefined);
    return run;
  };
  const attempts = async (event: unknown): Promise<Report> => {
    const now: RenewerSettings = { identities: chosen.identities.map((one) => (one.secretId === SECRET_ARNS.gateway ? { ...one, certificateArn: adopted } : one)), services: settings.rolling ? chosen.services : [] };
    for (let attempt = 1; ; attempt += 1) {
      try {
        const report = await renew(event, now, ports);
        reports.push(report);
        return report;
      } catch (thrown) {
        if (attempt === 3) throw thrown;
      }
    }
  };
  const fill = (properties: Readonly<Record<string, unknown>>): Promise<unknown> => fillSecret(clients, properties as never, ports);
  await fill({ secretId: SECRET_ARNS.teller, certificateArn: CERTIFICATES.teller, roles: ['server'] });
  await fill({ secretId: SECRET_ARNS.gateway, certificateArn: CERTIFICATES.gateway, roles: ['client'] });
  await fill({ secretId: SECRET_ARNS.gatewayTrust, authorityArns: [GATEWAY_CA] });

  const place = temporaryPlace();
  const appPort = await freePort();
  const app = await startColorTeller(appPort);
  const definitions = `${HOME}/mesh/color,${HOME}/mesh/color/mtls`;
  const queues = { teller: aws.sqs.create('teller'), gateway: aws.sqs.create('gateway') };
  // the task's role, and a queue of its own
  const environmentOf = (side: 'teller' | 'gateway'): Record<string, string> => ({ AWS_REGION: REGION, AWS_ENDPOINT_URL: aws.url, AWS_ACCESS_KEY_ID: `${side}-reader`, AWS_SECRET_ACCESS_KEY: 'embedded', MTLS_POLL: '3s', MTLS_NOTICES: queues[side].url });
  const at = (port: number): string => `127.0.0.1:${port}`;
  const teller = await startService('teller', {
    endpoint: 'virtualNode/colorteller',
    place,
    definitions,
    environment: { ...environmentOf('teller'), MTLS_IDENTITY: SECRET_ARNS.teller, MTLS_TRUST: SECRET_ARNS.gatewayTrust },
    placement: (port) => ({ 'virtualNode/colorteller': { app: at(appPort), listen: { 15000: at(port) } } }),
  });
  const gateway = await startService('gateway', {
    endpoint: 'virtualGateway/colorgateway',
    place,
    definitions,
    environment: { ...environmentOf('gateway'), MTLS_IDENTITY: SECRET_ARNS.gateway },
    placement: (port) => ({ 'virtualNode/colorteller': { app: at(appPort), reach: { 15000: at(teller.port) } }, 'virtualGateway/colorgateway': { listen: { 9080: at(port) } } }),
  });
  aws.ecs.create('color', 'colorteller', () => teller.replace());
  aws.ecs.create('color', 'colorgateway', () => gateway.replace());

  const administrator = clientsOf(aws, 'administrator').secretsManager;
  const deliver = (event: object): void => {
    // at least once, says EventBridge
    if (world.rules) for (let times = 0; times < (world.triple ? 3 : 1); times += 1) void invoke(event).catch(() => undefined);
  };
  const world: DrillWorld = {
    aws,
    app,
    services: { teller, gateway },
    denied,
    faults,
    rules: true,
    triple: false,
    invoke,
    lines,
    reports,
    request,
    administrator,
    fill,
    settings,
    announce(certificateArn) {
      parameters.SuccessorCertificate = certificateArn;
    },
    adopt(certificateArn) {
      adopted = certificateArn;
      aws.events.rule({ source: ['aws.acm'], 'detail-type': ['ACM Certificate Available'], resources: [certificateArn] }, deliver);
    },
    async secrets() {
      const texts: string[] = [];
      for (const SecretId of [SECRET_ARNS.teller, SECRET_ARNS.gateway]) {
        const { SecretString = '{}' } = await administrator.send(new GetSecretValueCommand({ SecretId }));
        const { Passphrase = '', PrivateKey = '' } = JSON.parse(SecretString) as { readonly Passphrase?: string; readonly PrivateKey?: string };
        texts.push(Passphrase, PrivateKey.split('\n')[1] ?? '');
      }
      return texts;
    },
    async close() {
      teller.close();
      gateway.close();
      await app.close();
      await aws.close();
      await rm(place, { recursive: true, force: true });
    },
  };
  const { EventPattern: changed } = stack.resolve(template.Resources['SecretEvents']!.Properties) as { readonly EventPattern: object };
  aws.events.rule(changed, (event) => {
    for (const { queue } of Object.values(queues)) queue.send(JSON.stringify(event));
  });
  for (const rule of ['CertificateEvents', 'Deployments'] as const) {
    const { EventPattern } = stack.resolve(template.Resources[rule]!.Properties) as { readonly EventPattern: object };
    aws.events.rule(EventPattern, deliver);
  }
  return world;
}

function clientsOf({ url }: EmbeddedAws, caller: string): RenewerPorts['clients'] {
  const settings = { region: REGION, endpoint: url, maxAttempts: 1, credentials: { accessKeyId: caller, secretAccessKey: 'embedded' } };
  return { secretsManager: new SecretsManagerClient(settings), acm: new ACMClient(settings), acmPca: new ACMPCAClient(settings), ecs: new ECSClient(settings) };
}
