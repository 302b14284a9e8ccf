import { createPrivateKey } from 'node:crypto';
import { nodeIn } from './docker.ts';

/** What must be nowhere: the passphrase, the key as it would stand in a PEM file, and its scalar as bytes. */
export async function needlesOf(aws: string, secretId: string): Promise<readonly Buffer[]> {
  const document = JSON.parse(await secretString(aws, secretId)) as { readonly PrivateKey: string; readonly Passphrase: string };
  const key = createPrivateKey({ key: document.PrivateKey, passphrase: document.Passphrase });
  const lines = (key.export({ type: 'pkcs8', format: 'pem' }) as string).split('\n');
  const { d = '' } = key.export({ format: 'jwk' });
  // the first line is the same for every key of the curve, or nearly
  return [Buffer.from(document.Passphrase), ...lines.slice(2, -2).map((line) => Buffer.from(line)), Buffer.from(d, 'base64url')];
}

/** Asks the embedded AWS over its own wire, from inside its container: nobody outside can reach it. */
async function secretString(aws: string, secretId: string): Promise<string> {
  const { code, stdout, stderr } = await nodeIn(
    aws,
    `const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'secretsmanager.GetSecretValue',
       authorization: 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/secretsmanager/aws4_request, SignedHeaders=host, Signature=0' };
     fetch('http://127.0.0.1:4566/', { method: 'POST', headers, body: JSON.stringify({ SecretId: ${JSON.stringify(secretId)} }) })
       .then((response) => response.json()).then(({ SecretString }) => process.stdout.write(SecretString));`,
  );
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

/** A program that prints every file of its container, `/proc` of every process included, that holds a needle. */
export function searching(needles: readonly Buffer[]): string {
  return `const { readFileSync, readdirSync } = require('node:fs');
    const needles = ${JSON.stringify(needles.map((needle) => needle.toString('hex')))}.map((hex) => Buffer.from(hex, 'hex'));
    const look = (path) => { try { const bytes = readFileSync(path); if (needles.some((needle) => bytes.includes(needle))) console.log(path); } catch {} };
    const walk = (folder) => { for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = folder + entry.name;
      if (entry.isDirectory() && !['/proc', '/sys'].includes(path)) { try { walk(path + '/'); } catch {} } else if (entry.isFile()) look(path);
    } };
    walk('/');
    for (const pid of readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name))) for (const file of ['environ', 'cmdline']) look('/proc/' + pid + '/' + file);`;
}
