import { ACMClient } from '@aws-sdk/client-acm';
import { ACMPCAClient } from '@aws-sdk/client-acm-pca';
import { ECSClient } from '@aws-sdk/client-ecs';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { systemClock } from '../clock.ts';
import { createLogger } from '../log.ts';
import { causeOf } from './causes.ts';
import type { Stored } from './export-identity.ts';
import { fillSecret, readFilling } from './fill.ts';
import { type Report, type RenewerPorts, renew } from './renewer.ts';
import { readSettings } from './settings.ts';

/** What Lambda calls; region and credentials are in its environment. */
const clients = { secretsManager: new SecretsManagerClient({ maxAttempts: 5 }), acm: new ACMClient({ maxAttempts: 5 }), acmPca: new ACMPCAClient({ maxAttempts: 5 }), ecs: new ECSClient({ maxAttempts: 5 }) };
const ports: RenewerPorts = { clients, log: createLogger(systemClock, 'info', (line) => void process.stdout.write(line)), now: () => systemClock.now(), sleep: (ms) => systemClock.sleep(ms) };

/** `{"fill": PROPERTIES}` comes from the exporter, which waits for the version; everything else is an occasion. */
export const handler = (event: { readonly fill?: Readonly<Record<string, unknown>> } | null): Promise<Report | Stored> =>
  event?.fill === undefined ? renew(event, readSettings(process.env), ports) : fillInWords(event.fill);

/** The exporter passes on the message alone: the hint goes with it. */
async function fillInWords(properties: Readonly<Record<string, unknown>>): Promise<Stored> {
  try {
    return await fillSecret(clients, readFilling(properties), ports);
  } catch (thrown) {
    const { error } = causeOf(thrown, String(properties['SecretId']));
    throw new Error(error.hint === undefined ? error.message : `${error.message} (${error.hint})`, { cause: error });
  }
}
