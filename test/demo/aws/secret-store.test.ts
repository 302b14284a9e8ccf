import { describe, expect, it } from 'vitest';
import { SecretStore, withoutSuffix } from '../../../src/demo/aws/secret-store.ts';

const NOW = new Date('2026-11-23T12:00:00Z');
const ARN = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:color/identity-AbCd12';

function storeWithOne(): SecretStore {
  const store = new SecretStore();
  store.add({ arn: ARN, name: 'color/identity', description: undefined, createdAt: NOW });
  return store;
}

describe('SecretStore', () => {
  it('finds a secret by name, ARN and partial ARN, and by nothing else', () => {
    const store = storeWithOne();
    for (const id of ['color/identity', ARN, withoutSuffix(ARN)]) expect(store.find(id, NOW).arn).toBe(ARN);
    for (const id of ['color', 'color/identity-AbCd12', ARN.replace('eu-central-1', 'eu-west-1'), '']) {
      expect(() => store.find(id, NOW)).toThrow("can't find the specified secret");
    }
  });

  it('does not hand out a secret that is to be deleted, but still knows of it until the day', () => {
    const store = storeWithOne();
    const secret = store.find(ARN, NOW);
    secret.deletionAt = new Date(NOW.getTime() + 1);
    expect(() => store.findUsable(ARN, NOW)).toThrow('marked for deletion');
    expect(store.find(ARN, NOW)).toBe(secret);
    expect(store.lookUp(ARN, secret.deletionAt)).toBeUndefined();
  });
});

describe('withoutSuffix', () => {
  it('takes off a hyphen and six characters at the end', () => {
    expect(withoutSuffix('color-teller-AbCd12')).toBe('color-teller');
    expect(withoutSuffix('color-teller1')).toBe('color-teller1');
  });
});
