import { randomUUID } from 'node:crypto';
import { ACMClient } from '@aws-sdk/client-acm';
import { ACMPCAClient } from '@aws-sdk/client-acm-pca';
import { CreateSecretCommand, GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { systemClock } from '../clock.ts';
import { exportIdentity } from '../lambda/export-identity.ts';
import { exportTrust } from '../lambda/export-trust.ts';
import { normalSerial } from '../material/serial.ts';
import type { EmbeddedAws } from './aws/embedded-aws.ts';
import type { Authority, Issued } from './pki/authority.ts';

/** What the definitions in mesh/color name; the embedded AWS makes the CA and the certificate under these ARNs. */
export const REGION = 'us-east-1';
export const ACCOUNT = '111122223333';
const TELLER_AUTHORITY = `arn:aws:acm-pca:${REGION}:${ACCOUNT}:certificate-authority/66666666-7777-8888-9999-000000000000`;
const TELLER_CERTIFICATE = `arn:aws:acm:${REGION}:${ACCOUNT}:certificate/11111111-2222-3333-4444-555555555555`;

export const TELLER_NAME = 'colorteller.mtls.svc.cluster.local';
export const GATEWAY_NAME = 'colorgateway.mtls.svc.cluster.local';

const NAMES = { teller: TELLER_NAME, gateway: GATEWAY_NAME } as const;

/** Secrets by their names: one identity per endpoint, and the trust of a CA in a secret of its own. */
export const SECRETS = { teller: 'color/colorteller', gateway: 'color/colorgateway', gatewayTrust: 'color/colorgateway-ca' } as const;

/** What the demo's intruders are made with: ColorGateway's CA and its genuine certificate. In mutual mode only. */
export interface GatewaySide {
  readonly authority: Authority;
  readonly issued: Issued;
}

/** An end of the mesh that has an identity. */
export type End = 'teller' | 'gateway';

/** Both private CAs, and secrets that the exporter has filled. */
export interface Credentials {
  readonly gatewaySide: GatewaySide | undefined;
  /** A new certificate in this end's secret, by the exporter. */
  readonly renew: (end: End) => Promise<{ readonly version: string; readonly serial: string }>;
  /** A new version of this end's secret that cannot be opened: what a person does by hand. */
  readonly spoil: (end: End) => Promise<void>;
  /** ColorGateway's CA gets a successor. */
  readonly succeed: () => Promise<Succession>;
}

/** How one CA takes over from another without a request being refused: each step is in use before the next begins. Secret versions. */
export interface Succession {
  /** ColorTeller trusts both. */
  readonly add: () => Promise<string>;
  /** ColorGateway's certificate comes from the new one. */
  readonly move: () => Promise<string>;
  /** ColorTeller trusts the new one alone. */
  readonly remove: () => Promise<string>;
}

/** Creates both private CAs and the certificates, and has the exporter fill the secrets: the one way into a good secret here. */
export async function issueCredentials(aws: EmbeddedAws, mode: 'mtls' | 'one-way'): Promise<Credentials> {
  const { arn: tellerAuthority } = await aws.privateCa.create({ arn: TELLER_AUTHORITY, subject: 'O=Example, CN=ColorTeller CA' });
  await aws.acm.request({ arn: TELLER_CERTIFICATE, domainName: TELLER_NAME, authorityArn: tellerAuthority, algorithm: 'EC_prime256v1' });
  await withClients(aws, (clients) => fill(clients, SECRETS.teller, { certificateArn: TELLER_CERTIFICATE }));
  const gateway = mode === 'one-way' ? undefined : await issueGateway(aws);
  const authorities = { teller: tellerAuthority, gateway: gateway?.authorityArn ?? '' };
  const renew: Credentials['renew'] = (end) =>
    withClients(aws, async (clients) => {
      const { arn: certificateArn, issued } = await aws.acm.request({ domainName: NAMES[end], authorityArn: authorities[end], algorithm: 'EC_prime256v1' });
      const { versionId } = await exportIdentity(clients, { certificateArn, secretId: SECRETS[end], token: randomUUID() }, systemClock);
      return { version: versionId, serial: normalSerial(issued.certificate.serialNumber) };
    });
  const trust = (...authorityArns: readonly string[]): Promise<string> =>
    withClients(aws, async (clients) => (await exportTrust(clients, { authorityArns, secretId: SECRETS.gatewayTrust, token: randomUUID() }, systemClock)).versionId);
  return {
    gatewaySide: gateway,
    renew,
    async succeed() {
      const old = authorities.gateway;
      authorities.gateway = (await aws.privateCa.create({ subject: 'O=Example, CN=ColorGateway CA' })).arn;
      return { add: () => trust(old, authorities.gateway), move: async () => (await renew('gateway')).version, remove: () => trust(authorities.gateway) };
    },
    spoil: (end) =>
      withClients(aws, async ({ secretsManager }) => {
        const { SecretString = '{}' } = await secretsManager.send(new GetSecretValueCommand({ SecretId: SECRETS[end] }));
        const document = JSON.parse(SecretString) as object;
        await secretsManager.send(new PutSecretValueCommand({ SecretId: SECRETS[end], SecretString: JSON.stringify({ ...document, Passphrase: 'somebody mistyped it' }) }));
      }),
  };
}

async function issueGateway(aws: EmbeddedAws): Promise<GatewaySide & { readonly authorityArn: string }> {
  const { arn: authorityArn, authority } = await aws.privateCa.create({ subject: 'O=Example, CN=ColorGateway CA' });
  const { arn: certificateArn, issued } = await aws.acm.request({ domainName: GATEWAY_NAME, authorityArn, algorithm: 'EC_prime256v1' });
  await withClients(aws, async (clients) => {
    await fill(clients, SECRETS.gateway, { certificateArn });
    await fill(clients, SECRETS.gatewayTrust, { authorityArns: [authorityArn] });
  });
  return { authority, issued, authorityArn };
}

async function withClients<T>(aws: EmbeddedAws, work: (clients: Clients) => Promise<T>): Promise<T> {
  const clients = clientsOf(aws);
  try {
    return await work(clients);
  } finally {
    for (const client of Object.values(clients)) client.destroy();
  }
}

type Clients = ReturnType<typeof clientsOf>;

/** The role of the exporter Lambda, with the SDK's own clients. */
function clientsOf({ url, environment }: EmbeddedAws): { secretsManager: SecretsManagerClient; acm: ACMClient; acmPca: ACMPCAClient } {
  const settings = { region: environment.AWS_REGION, endpoint: url, credentials: { accessKeyId: 'exporter', secretAccessKey: 'embedded' } };
  return { secretsManager: new SecretsManagerClient(settings), acm: new ACMClient(settings), acmPca: new ACMPCAClient(settings) };
}

async function fill(clients: Clients, secretId: string, from: { readonly certificateArn: string } | { readonly authorityArns: readonly string[] }): Promise<void> {
  await clients.secretsManager.send(new CreateSecretCommand({ Name: secretId }));
  const token = randomUUID();
  if ('certificateArn' in from) await exportIdentity(clients, { ...from, secretId, token }, systemClock);
  else await exportTrust(clients, { ...from, secretId, token }, systemClock);
}
