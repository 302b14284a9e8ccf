import { ECSClient } from '@aws-sdk/client-ecs';
import { ACMClient } from '@aws-sdk/client-acm';
import {
  ACMPCAClient,
  CreateCertificateAuthorityCommand,
  GetCertificateAuthorityCsrCommand,
  GetCertificateCommand,
  ImportCertificateAuthorityCertificateCommand,
  IssueCertificateCommand,
} from '@aws-sdk/client-acm-pca';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { inject } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { startEmbeddedAws } from '../../src/demo/aws/embedded-aws.ts';
import type { Clients } from '../fixtures/aws.ts';

/** An empty account at somebody who plays AWS, and the SDK's clients for it. */
export interface StandIn extends Clients {
  /** Endpoint of all services. */
  readonly url: string;
  /** A root CA that signs, wanted with a key on P-256 and ten years; its ARN. */
  createRoot(): Promise<string>;
  stop(): Promise<void>;
}

/** moto's account; the embedded AWS takes any. */
export const ACCOUNT = '123456789012';
export const REGION = 'eu-central-1';

/** Who plays AWS. */
export const STAND_INS = { 'the embedded AWS': startEmbedded, moto: emptyMoto };

async function startEmbedded(): Promise<StandIn> {
  const aws = await startEmbeddedAws({ clock: systemClock, port: 0, region: REGION, account: ACCOUNT });
  const clients = clientsOf(aws.url);
  return {
    ...clients,
    url: aws.url,
    createRoot: async () => (await aws.privateCa.create({ subject: 'CN=root', algorithm: 'EC_prime256v1', validHours: 10 * 365 * 24 })).arn,
    async stop() {
      destroy(clients);
      await aws.close();
    },
  };
}

async function emptyMoto(): Promise<StandIn> {
  const url = inject('motoUrl');
  const { ok, status } = await fetch(new URL('/moto-api/reset', url), { method: 'POST' });
  if (!ok) throw new Error(`moto could not be emptied: HTTP ${status}`);
  const clients = clientsOf(url);
  return {
    ...clients,
    url,
    createRoot: () => createRoot(clients.acmPca),
    stop() {
      destroy(clients);
      return Promise.resolve();
    },
  };
}

/** One attempt, so that a case sees every failure. */
function clientsOf(endpoint: string): Clients {
  const settings = { endpoint, region: REGION, maxAttempts: 1, credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' } };
  return { secretsManager: new SecretsManagerClient(settings), acm: new ACMClient(settings), acmPca: new ACMPCAClient(settings), ecs: new ECSClient(settings) };
}

function destroy(clients: Clients): void {
  for (const client of Object.values(clients) as Clients[keyof Clients][]) client.destroy();
}

/** As AWS has it done: the CA makes a request, signs it itself, and takes the certificate in (AWS Private CA user guide). */
async function createRoot(client: ACMPCAClient): Promise<string> {
  const { CertificateAuthorityArn: arn } = await client.send(
    new CreateCertificateAuthorityCommand({
      CertificateAuthorityType: 'ROOT',
      CertificateAuthorityConfiguration: { KeyAlgorithm: 'EC_prime256v1', SigningAlgorithm: 'SHA256WITHECDSA', Subject: { CommonName: 'root' } },
    }),
  );
  if (arn === undefined) throw new Error('CreateCertificateAuthority gave no ARN');
  const { Csr } = await client.send(new GetCertificateAuthorityCsrCommand({ CertificateAuthorityArn: arn }));
  const { CertificateArn } = await client.send(
    new IssueCertificateCommand({
      CertificateAuthorityArn: arn,
      Csr: Buffer.from(Csr ?? ''),
      SigningAlgorithm: 'SHA256WITHECDSA',
      TemplateArn: 'arn:aws:acm-pca:::template/RootCACertificate/V1',
      Validity: { Type: 'YEARS', Value: 10 },
    }),
  );
  const { Certificate = '' } = await client.send(new GetCertificateCommand({ CertificateAuthorityArn: arn, CertificateArn }));
  await client.send(new ImportCertificateAuthorityCertificateCommand({ CertificateAuthorityArn: arn, Certificate: Buffer.from(Certificate) }));
  return arn;
}
