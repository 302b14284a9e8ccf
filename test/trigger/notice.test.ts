import { describe, expect, it } from 'vitest';
import { LARGEST_NOTICE, isAbout, readNotice } from '../../src/trigger/notice.ts';

const ARN = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:color/gateway-Ab12Cd';
/** As EventBridge sends it to a queue. */
const LABEL = {
  version: '0',
  id: '8d3f2f8e-0d5b-4c37-a6a5-3d6f6cf37d3f',
  'detail-type': 'Secret Label Updated',
  source: 'aws.secretsmanager',
  account: '111122223333',
  time: '2026-11-24T04:00:00Z',
  region: 'eu-west-1',
  resources: [ARN],
  detail: { name: 'color/gateway', labelUpdated: 'AWSCURRENT', versionId: '0c1d2e3f-0000-4000-8000-000000000000' },
};
const trail = (detail: object, type = 'AWS API Call via CloudTrail'): object => ({ ...LABEL, 'detail-type': type, resources: [], detail: { eventSource: 'secretsmanager.amazonaws.com', ...detail } });
const read = (event: unknown) => readNotice(JSON.stringify(event));
const change = (resources: readonly string[], id: string | undefined = LABEL.id) => ({ kind: 'change', id, resources });

describe('a change is told', () => {
  it('by Secret Label Updated, as it is, in an SNS notification, and as its detail alone', () => {
    expect(read(LABEL)).toEqual(change([ARN]));
    expect(read({ Type: 'Notification', MessageId: 'm', TopicArn: 't', Message: JSON.stringify(LABEL) })).toEqual(change([ARN]));
    expect(read(LABEL.detail)).toEqual({ kind: 'change', id: undefined, resources: ['color/gateway'] });
  });

  it('by an ACM certificate, whose secret only the exporter knows', () => {
    for (const type of ['ACM Certificate Available', 'ACM Certificate Rotated']) {
      expect(read({ ...LABEL, 'detail-type': type, source: 'aws.acm', detail: { Action: 'RENEWAL' } })).toEqual(change([]));
    }
  });

  it.each(['PutSecretValue', 'UpdateSecret', 'UpdateSecretVersionStage', 'RestoreSecret'])('by a CloudTrail record of %s, which names the secret in one of four places', (eventName) => {
    expect(read(trail({ eventName, requestParameters: { secretId: 'color/gateway' } }))).toEqual(change(['color/gateway']));
    expect(read(trail({ eventName, requestParameters: { secretId: 'color/gateway' }, responseElements: { arn: ARN } }))).toEqual(change([ARN]));
    expect(read(trail({ eventName, responseElements: { aRN: ARN } }))).toEqual(change([ARN]));
  });

  it('by a rotation that has succeeded, a service event without parameters', () => {
    const detail = { eventName: 'RotationSucceeded', requestParameters: null, responseElements: null, additionalEventData: { SecretId: ARN } };
    expect(read(trail(detail, 'AWS Service Event via CloudTrail'))).toEqual(change([ARN]));
  });
});

describe('nothing is told', () => {
  it.each<[string, unknown]>([
    ['a read, our own among them', trail({ eventName: 'GetSecretValue', requestParameters: { secretId: ARN } })],
    ['a call that was refused', trail({ eventName: 'PutSecretValue', errorCode: 'AccessDenied', requestParameters: { secretId: ARN } })],
    ['a rotation that has only begun', trail({ eventName: 'RotationStarted', additionalEventData: { SecretId: ARN } })],
    ['an event of another service', { ...LABEL, source: 'aws.ec2', 'detail-type': 'EC2 Instance State-change Notification' }],
    ['an event under a name that is not its source\'s', { ...LABEL, source: 'my.application' }],
    ['a certificate that approaches its end', { ...LABEL, source: 'aws.acm', 'detail-type': 'ACM Certificate Approaching Expiration' }],
    ['something else', { hello: 'world' }],
    ['a detail that is none', { ...LABEL, detail: 'AWSCURRENT' }],
  ])('by %s', (_what, event) => {
    expect(read(event)).toEqual({ kind: 'unknown' });
  });

  it.each(['', 'hello', '[]', 'null', '7', '"text"', '{"a":', JSON.stringify({ Type: 'Notification', Message: 'hello' })])('by %j, which is no event', (body) => {
    expect(readNotice(body)).toEqual({ kind: 'malformed' });
  });

  it('by a body beyond all of them, which is not even parsed', () => {
    const body = JSON.stringify({ ...LABEL, padding: 'x'.repeat(LARGEST_NOTICE) });
    expect(readNotice(body)).toEqual({ kind: 'oversized' });
  });

  it('by a notification within a notification: SNS wraps once', () => {
    const inner = JSON.stringify({ Type: 'Notification', Message: JSON.stringify(LABEL) });
    expect(read({ Type: 'Notification', Message: inner })).toEqual({ kind: 'unknown' });
  });
});

describe('a changed secret is about a source', () => {
  const partial = ARN.slice(0, -7);
  it.each([
    ['its ARN', ARN, ARN],
    ['its ARN without the suffix', ARN, partial],
    ['its name', ARN, 'color/gateway'],
    ['its ARN where the event names it', 'color/gateway', ARN],
    ['its name on both sides', 'color/gateway', 'color/gateway'],
  ])('by %s', (_what, resource, secretId) => {
    expect(isAbout(resource, secretId)).toBe(true);
  });

  it('and not when another one has changed', () => {
    expect(isAbout(ARN, 'color/teller')).toBe(false);
    expect(isAbout(ARN.replace('gateway', 'teller'), ARN)).toBe(false);
    expect(isAbout('', ARN)).toBe(false);
  });
});
