import { ACMClient } from '@aws-sdk/client-acm';
import { ACMPCAClient } from '@aws-sdk/client-acm-pca';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { inject } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { startEmbeddedAws } from '../../src/demo/aws/embedded-aws.ts';
import type { Clients } from '../fixtures/aws.ts';

/** An empty account at somebody who plays AWS, and the SDK's clients for it. */
export interface StandIn extends Clients {
  stop(): Promise<void>;
}

/** moto's account; the embedded AWS takes any. */
export const ACCOUNT = '123456789012';
export const REGION = 'eu-central-1';

/** Who plays AWS. */
export const STAND_INS = { 'the embedded AWS': startEmbedded, moto: emptyMoto };

async function startEmbedded(): Promise<StandIn> {
  const aws = await startEmbeddedAws({ clock: systemClock, port: 0, region: REGION, account: ACCOUNT });
  return clientsOf(aws.url, () => aws.close());
}

async function emptyMoto(): Promise<StandIn> {
  const url = inject('motoUrl');
  const { ok, status } = await fetch(new URL('/moto-api/reset', url), { method: 'POST' });
  if (!ok) throw new Error(`moto could not be emptied: HTTP ${status}`);
  return clientsOf(url, () => Promise.resolve());
}

/** One attempt, so that a case sees every failure. */
function clientsOf(url: string, close: () => Promise<void>): StandIn {
  const settings = { endpoint: url, region: REGION, maxAttempts: 1, credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' } };
  const clients = { secretsManager: new SecretsManagerClient(settings), acm: new ACMClient(settings), acmPca: new ACMPCAClient(settings) };
  return {
    ...clients,
    async stop() {
      for (const client of Object.values(clients)) client.destroy();
      await close();
    },
  };
}
