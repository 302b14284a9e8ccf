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

/** A secret by name or ARN, in one staging label (GetSecretValue). */
export function openSecretsManager({ text, secretId, stage, region: named }: Reference, aws: Aws): Source {
  const region = aws.region(named);
  return {
    description: text,
    pollMs: POLL_MS,
    async fetch(signal) {
      const call = { action: 'secretsmanager:GetSecretValue', resource: secretId, region };
      const value = await callAws(call, signal, async () => {
        const [{ GetSecretValueCommand }, client] = await Promise.all([import('../aws/secrets-manager.ts'), aws.secretsManager(region)]);
        return client.send(new GetSecretValueCommand({ SecretId: secretId, VersionStage: stage }), { abortSignal: signal });
      });
      return { version: versionOf(value, text), text: new SecretText(textOf(value, text)) };
    },
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
