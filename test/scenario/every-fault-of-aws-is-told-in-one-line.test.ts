import { DeleteSecretCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { type TestContext, describe, expect, test } from 'vitest';
import { createAws } from '../../src/aws/clients.ts';
import { systemClock } from '../../src/clock.ts';
import { readAwsSettings } from '../../src/config/aws-settings.ts';
import type { Call } from '../../src/demo/aws/call-log.ts';
import { startEmbeddedAws } from '../../src/demo/aws/embedded-aws.ts';
import type { Fault } from '../../src/demo/aws/fault.ts';
import { type AgentError, CODES, type Code } from '../../src/errors.ts';
import type { Fetched } from '../../src/material/material.ts';
import { openSource } from '../../src/source/open.ts';
import { clientsOf } from '../fixtures/aws.ts';

const PASSPHRASE = 'correct-horse-battery-staple';
const SECRET = JSON.stringify({ Certificate: 'c', PrivateKey: 'k', Passphrase: PASSPHRASE });
const WHO = 'arn:aws:sts::111122223333:assumed-role/embedded/task';
const GET = 'secretsmanager:GetSecretValue';
const DATE = String.raw`20\d\d-\d\d-\d\dT[\d:]+Z`;

interface Circumstances {
  readonly fault?: Fault;
  /** Which operation suffers it; default GetSecretValue. */
  readonly of?: string;
  /** The source; default `secret:color`. */
  readonly text?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly deleted?: boolean;
}

/** One fetch of a secret under these circumstances: what came of it, and the calls that AWS saw of the operation. */
async function fetch({ fault, of = 'GetSecretValue', text = 'secret:color', environment = {}, deleted = false }: Circumstances, context: TestContext) {
  let filled = false;
  const embedded = await startEmbeddedAws({ clock: systemClock, port: 0, region: 'eu-west-1', account: '111122223333', fault: ({ operation }) => (filled && operation === of ? fault : undefined) });
  const { secretsManager: filler } = clientsOf(embedded);
  embedded.secretsManager.create({ name: 'color' });
  await filler.send(new PutSecretValueCommand({ SecretId: 'color', SecretString: SECRET }));
  if (deleted) await filler.send(new DeleteSecretCommand({ SecretId: 'color' }));
  const { arn } = await embedded.privateCa.create({ subject: 'CN=root' });
  filled = true;
  const env = { ...embedded.environment, ...environment };
  const aws = createAws(readAwsSettings(env, false), env, systemClock);
  context.onTestFinished(async () => {
    aws.destroy();
    filler.destroy();
    await embedded.close();
  });
  const source = openSource(text === 'CA' ? 'trust' : 'identity', text === 'CA' ? arn : text, { aws, env });
  const outcome: Fetched | AgentError = await source.fetch(new AbortController().signal).catch((thrown: unknown) => thrown as AgentError);
  return { outcome, arn, calls: embedded.calls.of(of) };
}

interface Row extends Circumstances {
  readonly what: string;
  readonly code: Code;
  readonly message: string | RegExp;
  readonly hint?: RegExp;
  /** How often AWS is asked for one fetch; the SDK's second attempt included. Default 1. */
  readonly asked?: number;
}

const REFUSED_BY: readonly Row[] = [
  { what: 'no permission', fault: { kind: 'access-denied' }, code: 'access-denied', message: `${WHO} may not ${GET} on color: no identity-based policy allows the ${GET} action`, hint: /^an Allow is missing: give the task role / },
  { what: 'no permission in the resource policy', fault: { kind: 'access-denied', policy: 'resource' }, code: 'access-denied', message: /: no resource-based policy allows/, hint: /in the resource policy of color$/ },
  { what: 'no permission in the endpoint policy', fault: { kind: 'access-denied', policy: 'vpc-endpoint' }, code: 'access-denied', message: /: no VPC endpoint policy allows/, hint: /policy of the VPC endpoint$/ },
  { what: 'an explicit deny', fault: { kind: 'access-denied', policy: 'identity-deny' }, code: 'access-denied', message: `${WHO} may not ${GET} on color: with an explicit deny in an identity-based policy`, hint: /^a Deny statement forbids it and no Allow helps: look in the identity-based policy$/ },
  { what: 'an explicit deny of the resource policy', fault: { kind: 'access-denied', policy: 'resource-deny' }, code: 'access-denied', message: /explicit deny/, hint: /^a Deny .* look in the resource-based policy$/ },
  { what: 'an explicit deny of the organisation', fault: { kind: 'access-denied', policy: 'service-control-deny' }, code: 'access-denied', message: /explicit deny/, hint: /^a Deny .* look in the service control policy$/ },
  { what: 'a KMS key that is not ours to use', fault: { kind: 'access-denied', policy: 'kms' }, code: 'decryption-denied', message: 'color cannot be decrypted: access to its KMS key is not allowed', hint: /kms:Decrypt/ },
  { what: 'a KMS key that cannot decrypt', fault: { kind: 'decryption-failure' }, code: 'decryption-denied', message: /^color cannot be decrypted: /, hint: /is its KMS key enabled/ },
  { what: 'credentials that have expired', fault: { kind: 'expired-token' }, code: 'credentials-expired', message: /^the AWS credentials have expired: / },
  { what: 'credentials that AWS does not know', fault: { kind: 'unknown-token' }, code: 'access-denied', message: /^AWS does not accept the credentials for secretsmanager:GetSecretValue in eu-west-1: / },
  { what: 'credentials for another region', environment: { AWS_REGION: 'us-east-1' }, code: 'access-denied', message: /^AWS does not accept the credentials for .* in us-east-1: Credential should be scoped to a valid region, not 'us-east-1'$/, hint: /the region of the endpoint/ },
  { what: 'a secret that is not there', text: 'secret:colour', code: 'source-not-found', message: 'colour does not exist in eu-west-1', hint: /AWS_REGION \(eu-west-1\)/ },
  { what: 'a secret that is scheduled for deletion', deleted: true, code: 'source-not-found', message: 'color is scheduled for deletion', hint: /restore-secret --secret-id color$/ },
  { what: 'a stage that no version has', text: 'secret:color?stage=BLUE', code: 'source-not-found', message: 'color has no version with the staging label BLUE', hint: /\?stage=BLUE/ },
  { what: 'a clock behind by 20 minutes', fault: { kind: 'clock-skew', aheadMs: 1_200_000, as: 'InvalidSignatureException', dated: false }, code: 'clock-skewed', message: RegExp(`here it is ${DATE}, at AWS ${DATE}, 20 min behind$`), asked: 2 },
  { what: 'a clock ahead by 2 hours', fault: { kind: 'clock-skew', aheadMs: -7_200_000, as: 'InvalidSignatureException', dated: false }, code: 'clock-skewed', message: RegExp(`here it is ${DATE}, at AWS ${DATE}, 2 h ahead$`) },
  { what: 'RequestTimeTooSkewed', fault: { kind: 'clock-skew', aheadMs: 1_200_000, as: 'RequestTimeTooSkewed', dated: false }, code: 'clock-skewed', message: RegExp(`here it is ${DATE}, the answer is dated ${DATE}, and AWS says: The difference`), hint: /169\.254\.169\.123/ },
];

const BROKEN_BY: readonly Row[] = [
  { what: 'throttling', fault: { kind: 'throttle' }, code: 'source-throttled', message: `AWS throttles ${GET}: Rate exceeded`, hint: /MTLS_POLL/, asked: 2 },
  { what: 'a 500', fault: { kind: 'server-error' }, code: 'source-unavailable', message: `${GET} failed at AWS with 500 InternalServiceError: An error occurred on the server side`, asked: 2 },
  { what: 'a 503', fault: { kind: 'server-error', status: 503 }, code: 'source-unavailable', message: /^secretsmanager:GetSecretValue failed at AWS with 503 ServiceUnavailable: /, asked: 2 },
  { what: 'another body', fault: { kind: 'wrong-body' }, code: 'source-unavailable', message: `${GET}: the answer is not JSON`, hint: /does a proxy/ },
  { what: 'half a body', fault: { kind: 'half-body' }, code: 'source-unavailable', message: `${GET}: the answer is not JSON` },
  { what: 'a cut body', fault: { kind: 'cut-body' }, code: 'source-unavailable', message: `${GET}: the connection ended in the middle of the answer`, asked: 2 },
  { what: 'a reset', fault: { kind: 'reset' }, code: 'source-unavailable', message: /^secretsmanager:GetSecretValue: the service cannot be reached: .*ECONNRESET|socket hang up/, asked: 2 },
  { what: 'silence', fault: { kind: 'delay', ms: 60_000 }, code: 'source-unavailable', message: `${GET}: no answer in time`, hint: /NAT gateway/, asked: 2 },
  { what: 'a refused connection', environment: { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' }, code: 'source-unavailable', message: `${GET}: the service cannot be reached: connect ECONNREFUSED 127.0.0.1:1`, asked: 0 },
  { what: 'a host without address', environment: { AWS_ENDPOINT_URL: 'https://secretsmanager.invalid' }, code: 'source-unavailable', message: /^secretsmanager:GetSecretValue: the host name has no address \(getaddrinfo \w+ secretsmanager\.invalid\)$/, hint: /DNS/, asked: 0 },
];

const CREDENTIALS: readonly Row[] = (
  [
    [{ kind: 'access-denied' }, 'Server responded with status: 400'],
    [{ kind: 'server-error', status: 503 }, 'Server responded with status: 503'],
    [{ kind: 'half-body' }, 'the answer is not JSON'],
    [{ kind: 'delay', ms: 60_000 }, 'no answer within 2 s'],
    [{ kind: 'slow-drip', everyMs: 1000 }, 'no answer within 2 s'],
  ] as const
).map(([fault, why]) => ({ what: `${fault.kind} of the container's endpoint`, of: 'GetCredentials', fault, code: 'credentials-missing', message: `no AWS credentials from the container's endpoint: ${why}`, hint: /task role/ }));

const CA: readonly Row[] = [
  { what: 'no permission for the CA', fault: { kind: 'access-denied' }, code: 'access-denied', message: /^arn:aws:sts::\S+ may not acm-pca:GetCertificateAuthorityCertificate on arn:aws:acm-pca:\S+: no identity-based policy/ },
  { what: 'throttling of the CA', fault: { kind: 'throttle' }, code: 'source-throttled', message: /^AWS throttles acm-pca:GetCertificateAuthorityCertificate/, asked: 2 },
  { what: 'half a CA certificate', fault: { kind: 'half-body' }, code: 'source-unavailable', message: /the answer is not JSON$/ },
].map((row) => ({ ...row, text: 'CA', of: 'GetCertificateAuthorityCertificate' }) as Row);

describe.concurrent('a fetch', () => {
  test.for([...REFUSED_BY, ...BROKEN_BY, ...CREDENTIALS, ...CA])('that meets $what fails with $code', async ({ code, message, hint = /./, asked = 1, ...circumstances }, context) => {
    const { outcome, calls } = await fetch(circumstances, context);
    expect(outcome).toMatchObject({ code, message: typeof message === 'string' ? message : (expect.stringMatching(message) as string), retryable: true });
    expect((outcome as AgentError).hint ?? '').toMatch(hint);
    // the SDK's second attempt and no more: every further one is the agent's own, with jitter, log line and deadline
    expect(calls).toHaveLength(asked);
    // one line, without a stop, and nothing of the answer in it
    expect((outcome as AgentError).message).toMatch(/^[^\n]*[^\n.]$/);
    expect(JSON.stringify([(outcome as AgentError).message, (outcome as AgentError).hint])).not.toContain(PASSPHRASE);
    expect([65, 69, 77]).toContain(CODES[code].exit);
  });

  test.for([
    { what: 'a late answer', fault: { kind: 'delay', ms: 300 } },
    { what: 'a content type that is wrong', fault: { kind: 'wrong-content-type' } },
    { what: 'a slow drip', fault: { kind: 'slow-drip', everyMs: 1 } },
    // the second attempt, by AWS's time
    { what: 'a clock that AWS corrects', fault: { kind: 'clock-skew', aheadMs: 1_200_000, as: 'InvalidSignatureException', dated: true }, asked: 2 },
  ] satisfies readonly (Circumstances & { what: string; asked?: number })[])('that meets $what succeeds', async ({ asked = 1, ...circumstances }, context) => {
    const { outcome, calls } = (await fetch(circumstances, context)) as { outcome: Fetched; calls: readonly Call[] };
    expect(outcome.text.reveal()).toBe(SECRET);
    expect(calls).toHaveLength(asked);
  });
});
