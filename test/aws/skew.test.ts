import { expect, test } from 'vitest';
import type { Failure } from '../../src/aws/sdk-error.ts';
import { describeSkew } from '../../src/aws/skew.ts';

const failure = (part: Partial<Failure>): Failure => ({ name: 'InvalidSignatureException', message: '', status: 400, serverDate: undefined, signedAt: undefined, code: undefined, cause: undefined, ...part });

test('names both clocks when AWS\'s message tells them', () => {
  const behind = describeSkew(failure({ message: 'Signature expired: 20261123T120000Z is now earlier than 20261123T121500Z (20261123T122000Z - 5 min.)' }));
  expect(behind).toMatchObject({ code: 'clock-skewed', message: 'this machine\'s clock is wrong: here it is 2026-11-23T12:00:00Z, at AWS 2026-11-23T12:20:00Z, 20 min behind' });
  const ahead = describeSkew(failure({ message: 'Signature not yet current: 20261124T000000Z is still later than 20261123T122500Z (20261123T122000Z + 5 min.)' }));
  expect(ahead?.message).toBe('this machine\'s clock is wrong: here it is 2026-11-24T00:00:00Z, at AWS 2026-11-23T12:20:00Z, 11.7 h ahead');
});

test('takes AWS\'s clock from the Date header otherwise, and ours from the signature', () => {
  const skewed = { name: 'RequestTimeTooSkewed', message: 'too large' };
  const ours = { signedAt: '20261123T120000Z' };
  const theirs = { serverDate: 'Mon, 23 Nov 2026 12:20:00 GMT' };
  const told = (part: Partial<Failure>) => describeSkew(failure({ ...skewed, ...part }))?.message;
  expect(told({ ...ours, ...theirs })).toBe('this machine\'s clock is wrong: here it is 2026-11-23T12:00:00Z, at AWS 2026-11-23T12:20:00Z, 20 min behind');
  expect(told(theirs)).toBe('this machine\'s clock is wrong: at AWS it is 2026-11-23T12:20:00Z');
  expect(told(ours)).toBe('this machine\'s clock is wrong: here it is 2026-11-23T12:00:00Z, and AWS says: too large');
  expect(told({})).toBe('this machine\'s clock is wrong: too large');
});

test('a Date header that agrees with our clock, as a proxy writes it, does not pass for AWS\'s clock', () => {
  const told = describeSkew(failure({ name: 'RequestTimeTooSkewed', message: 'too large', signedAt: '20261123T120000Z', serverDate: 'Mon, 23 Nov 2026 12:00:01 GMT' }));
  expect(told?.message).toBe('this machine\'s clock is wrong: here it is 2026-11-23T12:00:00Z, the answer is dated 2026-11-23T12:00:01Z, and AWS says: too large');
});

test('a signature that is wrong for another reason is not a matter of time', () => {
  expect(describeSkew(failure({ message: 'The request signature we calculated does not match the signature you provided', serverDate: 'Mon, 23 Nov 2026 12:20:00 GMT' }))).toBeUndefined();
});
