import { PutSecretValueCommand, UpdateSecretVersionStageCommand } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EmbeddedAws } from '../../../src/demo/aws/embedded-aws.ts';
import type { Queue } from '../../../src/demo/aws/queue.ts';
import { type Clients, startAws } from '../../fixtures/aws.ts';

const never = new AbortController().signal;
let aws: EmbeddedAws;
let clients: Clients;
let stop: () => Promise<void>;
let queue: Queue;
beforeEach(async () => {
  ({ aws, clients, stop } = await startAws());
  ({ queue } = aws.sqs.create('rotation'));
  aws.events.target(queue);
});
afterEach(() => stop());

async function events(): Promise<Readonly<Record<string, unknown>>[]> {
  return (await queue.receive(10, 1_000, 0, never)).map(({ Body }) => JSON.parse(Body) as Record<string, unknown>);
}

describe('Secrets Manager tells', () => {
  it('whenever a version gets AWSCURRENT, with the ARN of the secret and the version', async () => {
    const { arn } = aws.secretsManager.create({ name: 'color/gateway' });
    const { VersionId } = await clients.secretsManager.send(new PutSecretValueCommand({ SecretId: arn, SecretString: 'one' }));
    expect(await events()).toMatchObject([
      {
        version: '0',
        id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        'detail-type': 'Secret Label Updated',
        source: 'aws.secretsmanager',
        account: '123456789012',
        region: 'eu-central-1',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
        resources: [arn],
        detail: { name: 'color/gateway', labelUpdated: 'AWSCURRENT', versionId: VersionId },
      },
    ]);
  });

  it('nothing of AWSPENDING and AWSPREVIOUS, and once of a label that an operator moves back', async () => {
    const { arn } = aws.secretsManager.create({ name: 'color/gateway' });
    const put = (SecretString: string, VersionStages?: string[]) => clients.secretsManager.send(new PutSecretValueCommand({ SecretId: arn, SecretString, ...(VersionStages && { VersionStages }) }));
    const { VersionId: first } = await put('one');
    const { VersionId: second } = await put('two');
    await put('three', ['AWSPENDING']);
    expect(await events()).toHaveLength(2);
    await clients.secretsManager.send(new UpdateSecretVersionStageCommand({ SecretId: arn, VersionStage: 'AWSCURRENT', MoveToVersionId: first, RemoveFromVersionId: second }));
    expect(await events()).toMatchObject([{ detail: { labelUpdated: 'AWSCURRENT', versionId: first } }]);
  });
});

it('ACM tells of a certificate that is there', async () => {
  const { arn: authorityArn } = await aws.privateCa.create({ subject: 'CN=root' });
  const { arn } = await aws.acm.request({ domainName: 'gateway.mesh.local', authorityArn });
  expect(await events()).toMatchObject([{ 'detail-type': 'ACM Certificate Available', source: 'aws.acm', resources: [arn], detail: { Action: 'ISSUANCE', CertificateType: 'PRIVATE', CommonName: 'gateway.mesh.local' } }]);
});

it('a queue that is no target hears nothing', async () => {
  const other = aws.sqs.create('other').queue;
  aws.secretsManager.create({ name: 'x' });
  await clients.secretsManager.send(new PutSecretValueCommand({ SecretId: 'x', SecretString: 'one' }));
  expect([queue.size, other.size]).toEqual([1, 0]);
});
