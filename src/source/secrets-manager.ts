import type { GetSecretValueResponse } from '@aws-sdk/client-secrets-manager';
import { callAws } from '../aws/call.ts';
import type { Aws } from '../aws/clients.ts';
import type { SourceReference } from '../config/source-reference.ts';
import { AgentError } from '../errors.ts';
import { SecretText } from '../material/secret-text.ts';
import type { Source } from './source.ts';

/** A minute: 43,200 calls a month cost 0.22 USD, and the quota is 10,000 a second. */
const POLL_MS = 60_000;

type Reference = Extract<SourceReference, { scheme: 'secrets-manager' }>;

/** A secret by name or ARN, in one staging label (GetSecretValue; DescribeSecret, which decrypts nothing, for its version). */
export function openSecretsManager({ text, secretId, stage, region: named }: Reference, aws: Aws): Source {
  const region = aws.region(named);
  const clientOf = async () => {
    const [sdk, client] = await Promise.all([import('../aws/secrets-manager.ts'), aws.secretsManager(region)]);
    return { ...sdk, client };
  };
  async function version(signal: AbortSignal): Promise<string | undefined> {
    const { VersionIdsToStages = {} } = await callAws({ action: 'secretsmanager:DescribeSecret', resource: secretId, region }, signal, async () => {
      const { client, DescribeSecretCommand } = await clientOf();
      return client.send(new DescribeSecretCommand({ SecretId: secretId }), { abortSignal: signal });
    });
    return Object.keys(VersionIdsToStages).find((id) => VersionIdsToStages[id]?.includes(stage));
  }
  return {
    description: text,
    pollMs: POLL_MS,
    secretId,
    version: unlessDenied(version),
    async fetch(signal) {
      const value = await callAws({ action: 'secretsmanager:GetSecretValue', resource: secretId, region }, signal, async () => {
        const { client, GetSecretValueCommand } = await clientOf();
        return client.send(new GetSecretValueCommand({ SecretId: secretId, VersionStage: stage }), { abortSignal: signal });
      });
      return { version: versionOf(value, text), text: new SecretText(textOf(value, text)) };
    },
  };
}

/** An optional permission: without it every look is a fetch, and CloudTrail shows one refusal instead of one a minute. */
function unlessDenied(ask: (signal: AbortSignal) => Promise<string | undefined>): (signal: AbortSignal) => Promise<string | undefined> {
  let denied = false;
  return async (signal) => {
    if (denied) return undefined;
    try {
      return await ask(signal);
    } catch (thrown) {
      if (!(thrown instanceof AgentError) || thrown.code !== 'access-denied') throw thrown;
      denied = true;
      return undefined;
    }
  };
}

function versionOf({ VersionId }: GetSecretValueResponse, source: string): string {
  if (VersionId === undefined) throw new AgentError('source-unavailable', `${source}: the answer has no VersionId`);
  return VersionId;
}

function textOf({ SecretString, SecretBinary }: GetSecretValueResponse, source: string): string {
  if (SecretString !== undefined) return SecretString;
  if (SecretBinary === undefined) throw new AgentError('document-unreadable', `${source} holds neither text nor bytes`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(SecretBinary);
  } catch {
    throw new AgentError('document-unreadable', `${source} is binary (${SecretBinary.length} bytes) and not UTF-8 text`, {
      hint: 'store JSON or PEM; PKCS#12 and DER are not read',
    });
  }
}
