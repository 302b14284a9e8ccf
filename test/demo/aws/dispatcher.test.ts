import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clientsOf, startAws } from '../../fixtures/aws.ts';

let world: Awaited<ReturnType<typeof startAws>>;
beforeEach(async () => {
  world = await startAws();
});
afterEach(() => world.stop());

const scope = (service: string): string =>
  `AWS4-HMAC-SHA256 Credential=A/20261123/eu-central-1/${service}/aws4_request, SignedHeaders=host, Signature=0`;
const SIGNED = { 'x-amz-target': 'secretsmanager.GetSecretValue', authorization: scope('secretsmanager') };

async function send(headers: Record<string, string>, body = '{}', path = '/'): Promise<{ status: number | undefined; type: unknown; body: unknown }> {
  const outgoing = request(new URL(path, world.aws.url), { method: 'POST', headers });
  const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve).once('error', reject).end(body);
  });
  return { status: incoming.statusCode, type: incoming.headers['x-amzn-errortype'], body: JSON.parse(await text(incoming)) };
}

describe('a request', () => {
  it('is refused when the client was built for another region', async () => {
    const elsewhere = clientsOf(world.aws, 'us-east-1').secretsManager;
    const failure = elsewhere.send(new GetSecretValueCommand({ SecretId: 'x' }));
    await expect(failure).rejects.toMatchObject({ name: 'InvalidSignatureException', message: expect.stringContaining("not 'us-east-1'") as string });
    elsewhere.destroy();
  });

  it('is refused without a signature, and when signed for another service', async () => {
    expect(await send({ 'x-amz-target': SIGNED['x-amz-target'] })).toMatchObject({ status: 400, type: 'MissingAuthenticationTokenException' });
    expect(await send({ ...SIGNED, authorization: scope('acm') })).toMatchObject({ status: 400, type: 'InvalidSignatureException' });
  });

  it('is refused when it names no operation of ours', async () => {
    for (const target of ['secretsmanager.RotateSecret', 'secretsmanager.constructor', 'AmazonSNS.Publish', '']) {
      expect(await send({ ...SIGNED, 'x-amz-target': target })).toMatchObject({ status: 400, type: 'UnknownOperationException' });
    }
    expect(await send(SIGNED, '{}', '/elsewhere')).toMatchObject({ status: 404 });
  });

  it('is refused when its body cannot be read', async () => {
    expect(await send(SIGNED, '{"SecretId":')).toMatchObject({ status: 400, type: 'SerializationException' });
    expect(await send(SIGNED, '[]')).toMatchObject({ status: 400, type: 'SerializationException' });
  });
});

describe('an error', () => {
  it('carries its type in body and header, and its text as each service spells it', async () => {
    const message = "Secrets Manager can't find the specified secret.";
    expect(await send(SIGNED, '{"SecretId":"x"}')).toEqual({
      status: 400,
      type: 'ResourceNotFoundException',
      body: { __type: 'ResourceNotFoundException', Message: message },
    });
    const arn = 'arn:aws:acm:eu-central-1:123456789012:certificate/x';
    const acm = { 'x-amz-target': 'CertificateManager.DescribeCertificate', authorization: scope('acm') };
    expect(await send(acm, JSON.stringify({ CertificateArn: arn }))).toMatchObject({
      body: { __type: 'ResourceNotFoundException', message: `Could not find certificate ${arn}.` },
    });
  });

  it('of our own making is a 500 and says whose defect it is', async () => {
    const broken = await startAws({ fault: () => { throw new Error('broken hook'); } });
    await expect(broken.clients.secretsManager.send(new GetSecretValueCommand({ SecretId: 'x' }))).rejects.toMatchObject({
      name: 'InternalFailure',
      message: expect.stringContaining('a defect of the embedded AWS: Error: broken hook') as string,
    });
    await broken.stop();
  });
});
