import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { expect, test } from 'vitest';
import { SECRETS } from '../../src/demo/credentials.ts';
import { clientsOf } from '../fixtures/aws.ts';
import type { RunningAgent } from '../fixtures/running-agent.ts';
import { DELIVERIES, type End, type RunningMesh, startMesh } from '../fixtures/running-mesh.ts';

const ENDS = ['teller', 'gateway'] as const satisfies readonly End[];
const never = new AbortController().signal;

/** Every regular file below the agent's directory, by name. */
function filesOf(directory: string): ReadonlyMap<string, string> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(entries.map(({ parentPath, name }) => [join(parentPath, name), readFileSync(join(parentPath, name), 'latin1')]));
}

/** What other processes of the same user, `ps` or a crash report could show of agent and Envoy. */
async function visible({ pid, status }: RunningAgent): Promise<string> {
  const pids = [pid, (await status()).envoy.pid];
  return pids.flatMap((each) => ['cmdline', 'environ'].map((file) => readFileSync(`/proc/${each}/${file}`, 'latin1'))).join('\n');
}

/** Envoy's dump shows bytes in base64. */
function decoded(dump: string): string {
  return dump.replaceAll(/(?<="inline_bytes": ")[^"]+/g, (bytes) => Buffer.from(bytes, 'base64').toString('latin1'));
}

/** The passphrases that are stored, and a line from the middle of each key, in every form that could lie about. */
async function secretsOf({ aws, first }: RunningMesh): Promise<readonly string[]> {
  const { secretsManager } = clientsOf(aws);
  const documents = await Promise.all(
    ENDS.map(async (end) => JSON.parse((await secretsManager.send(new GetSecretValueCommand({ SecretId: SECRETS[end] }))).SecretString!) as { Passphrase: string; PrivateKey: string }),
  );
  const plain = ENDS.map((end) => first[end].issued.key.export({ type: 'pkcs8', format: 'pem' }).toString());
  return [...documents.map(({ Passphrase }) => Passphrase), ...[...documents.map(({ PrivateKey }) => PrivateKey), ...plain].map((pem) => pem.split('\n')[1]!)];
}

test('with SDS there is none below MTLS_DIR (promises 5, 40)', async () => {
  const { teller, gateway } = await startMesh({ delivery: 'sds' });
  for (const { directory } of [teller, gateway]) {
    const files = filesOf(directory);
    expect([...files.keys()].map((path) => path.slice(directory.length + 1)).sort()).toEqual(['envoy-base-id', 'envoy.json']);
    for (const text of files.values()) expect(text).not.toContain('PRIVATE KEY');
    expect(readdirSync(directory)).not.toContain('current');
  }
});

test.each(DELIVERIES)('by %s neither log, arguments, environment nor Envoy tell a key or a passphrase (promises 5, 6, 129)', async (delivery) => {
  const mesh = await startMesh({ delivery });
  await mesh.ask();
  const secrets = await secretsOf(mesh);
  for (const agent of [mesh.teller, mesh.gateway]) {
    const dump = decoded(await agent.envoy.get('/config_dump', never));
    if (delivery === 'sds') expect(/"private_key": \{\s*"inline_bytes": "\[redacted\]"/.test(dump)).toBe(true);
    const shown = [dump, await agent.envoy.get('/certs', never), (await agent.ask('/status')).body, agent.output(), await visible(agent)].join('\n');
    expect(['PRIVATE KEY', ...secrets].map((secret) => shown.includes(secret))).toEqual([false, ...secrets.map(() => false)]);
  }
});

test('neither agent nor Envoy would write its memory into a core dump (promise 129)', async () => {
  const { teller } = await startMesh();
  for (const pid of [teller.pid, (await teller.status()).envoy.pid]) expect(Number.parseInt(readFileSync(`/proc/${pid}/coredump_filter`, 'utf8'), 16)).toBe(0);
});
