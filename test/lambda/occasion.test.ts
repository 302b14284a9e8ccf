import { expect, it } from 'vitest';
import { readOccasion } from '../../src/lambda/occasion.ts';

const ARN = 'arn:aws:acm:eu-central-1:123456789012:certificate/1';
const acm = (detailType: string, detail: object = {}): object => ({ source: 'aws.acm', 'detail-type': detailType, resources: [ARN], detail });

it.each([
  [acm('ACM Certificate Approaching Expiration', { DaysToExpiry: 44 }), { kind: 'ends-soon', certificateArns: [ARN] }],
  // ACM's documents print booleans as text
  [acm('ACM Certificate Available', { Action: 'RENEWAL', InUse: 'TRUE', Exported: true }), { kind: 'available', certificateArns: [ARN] }],
  [acm('ACM Certificate Renewal Action Required', { RenewalStatusReason: 'PCA_ACCESS_DENIED' }), { kind: 'renewal-failed', certificateArns: [ARN], reason: 'PCA_ACCESS_DENIED' }],
  [acm('ACM Certificate Renewal Action Required'), { kind: 'renewal-failed', certificateArns: [ARN], reason: undefined }],
  [acm('ACM Certificate Expired'), { kind: 'ignored', why: 'aws.acm ACM Certificate Expired' }],
  [{ source: 'aws.events', 'detail-type': 'Scheduled Event' }, { kind: 'sweep' }],
  [{ source: 'aws.ecs', 'detail-type': 'ECS Deployment State Change' }, { kind: 'deployed' }],
  [{ renew: ARN }, { kind: 'renew', certificateArn: ARN }],
  [{ export: ARN }, { kind: 'export', certificateArn: ARN }],
  [{ step: 'add-anchor', trustSecretId: 't', authorityArn: 'a' }, { kind: 'succession', step: { step: 'add-anchor', trustSecretId: 't', authorityArn: 'a' } }],
  [{ step: 'move-leaf', trustSecretId: 't', secretId: 's', certificateArn: ARN, holdMinutes: '5' }, { kind: 'succession', step: { step: 'move-leaf', trustSecretId: 't', identity: { secretId: 's', certificateArn: ARN }, holdMinutes: 5 } }],
  [{ step: 'remove-anchor', trustSecretId: 't', authorityArn: 'a', emergency: 'true' }, { kind: 'succession', step: { step: 'remove-anchor', trustSecretId: 't', authorityArn: 'a', identitySecretIds: [], emergency: true } }],
])('%j', (event, occasion) => {
  expect(readOccasion(event)).toEqual(occasion);
});

it.each([{ step: 'remove-anchor', trustSecretId: 't', authorityArn: 'a' }, { step: 'move-leaf', trustSecretId: 't', secretId: 's', certificateArn: ARN, holdMinutes: 'soon' }])('a step that lacks something is refused: %j', (event) => {
  expect(() => readOccasion(event)).toThrow(/does not know what to do/);
});
