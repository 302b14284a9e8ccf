/**
 * The AWS that the bench asks, as a process of its own, so that it takes no time from what is measured: over HTTP, and over
 * HTTPS behind a TLS front whose certificate is RSA-2048 under one intermediate, as that of AWS. Prints one line of JSON.
 */
import { writeFileSync } from 'node:fs';
import { connect, type AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { startAws } from '../../build/boot.mjs';
import { createAuthority, issue } from '../../src/demo/pki/authority.ts';

const DAY_MS = 86_400_000;
const [, , anchorFile = ''] = process.argv;

const aws = await startAws();
const target = new URL(aws.environment.AWS_ENDPOINT_URL);

const life = { notBefore: new Date(Date.now() - DAY_MS), notAfter: new Date(Date.now() + DAY_MS) };
const root = await createAuthority({ subject: 'CN=bench root', algorithm: 'RSA_2048', ...life });
const intermediate = await createAuthority({ subject: 'CN=bench intermediate', algorithm: 'RSA_2048', issuer: root, ...life });
const leaf = await issue(intermediate, { subject: 'CN=localhost', names: ['localhost'], algorithm: 'RSA_2048', ...life });
writeFileSync(anchorFile, root.certificatePem);

const front = createServer({ cert: leaf.certificatePem + intermediate.certificatePem, key: leaf.key.export({ type: 'pkcs8', format: 'pem' }) }, (socket) => {
  const behind = connect(Number(target.port), target.hostname);
  socket.pipe(behind).pipe(socket);
  for (const end of [socket, behind]) end.on('error', () => [socket, behind].forEach((both) => both.destroy()));
});
front.listen(0, 'localhost', () => {
  const httpsUrl = `https://localhost:${(front.address() as AddressInfo).port}`;
  process.stdout.write(`${JSON.stringify({ environment: aws.environment, teller: aws.teller, httpsUrl })}\n`);
});
process.stdin.resume().on('end', () => process.exit(0));
