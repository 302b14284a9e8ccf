import { expect, it } from 'vitest';
import { type Skew, skewed } from '../../../src/demo/aws/skew.ts';

const NOW = new Date('2026-11-23T12:00:00Z');
const SKEW: Skew = { kind: 'clock-skew', aheadMs: 1_200_000, as: 'InvalidSignatureException', dated: true };

function refusal(skew: Partial<Skew>, signedAt: string | undefined = '20261123T120000Z'): unknown {
  try {
    skewed({ ...SKEW, ...skew }, signedAt, NOW);
    return undefined;
  } catch (thrown) {
    return thrown;
  }
}

it('refuses a signature of the past and of the future, naming both times and the limit', () => {
  expect(refusal({})).toMatchObject({ type: 'InvalidSignatureException', message: 'Signature expired: 20261123T120000Z is now earlier than 20261123T121500Z (20261123T122000Z - 5 min.)' });
  expect(refusal({ aheadMs: -1_200_000 })).toMatchObject({ message: 'Signature not yet current: 20261123T120000Z is still later than 20261123T114500Z (20261123T114000Z + 5 min.)' });
});

it('says RequestTimeTooSkewed without times', () => {
  expect(refusal({ as: 'RequestTimeTooSkewed' })).toMatchObject({ type: 'RequestTimeTooSkewed', message: expect.not.stringContaining('2026') as string });
});

it('tells its time in the Date header, or hides it', () => {
  expect(refusal({})).toMatchObject({ headers: { date: 'Mon, 23 Nov 2026 12:20:00 GMT' } });
  expect(refusal({ dated: false })).toMatchObject({ headers: {} });
});

it('accepts what is signed within five minutes, as by a client that has corrected itself', () => {
  expect(refusal({}, '20261123T121930Z')).toBeUndefined();
  expect(refusal({ aheadMs: 300_000 })).toBeUndefined();
  expect(refusal({ aheadMs: 301_000 })).toBeDefined();
});
