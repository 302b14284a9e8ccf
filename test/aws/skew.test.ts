import { expect, test } from 'vitest';
import type { Failure } from '../../src/aws/sdk-error.ts';
import { describeSkew } from '../../src/aws/skew.ts';

const failure = (part: Partial<Failure>): Failure => ({ name: 'InvalidSignatureException', message: '', status: 400, serverDate: undefined, code: undefined, cause: undefined, ...part });

test('names both clocks when AWS\'s message tells them', () => {
  const behind = describeSkew(failure({ message: 'Signature expired: 20261123T120000Z is now earlier than 20261123T121500Z (20261123T122000Z - 5 min.)' }));
  expect(behind).toMatchObject({ code: 'clock-skewed', message: 'this machine\'s clock is wrong: here it is 2026-11-23T12:00:00Z, at AWS 2026-11-23T12:20:00Z, 20 min behind' });
  const ahead = describeSkew(failure({ message: 'Signature not yet current: 20261124T000000Z is still later than 20261123T122500Z (20261123T122000Z + 5 min.)' }));
  expect(ahead?.message).toBe('this machine\'s clock is wrong: here it is 2026-11-24T00:00:00Z, at AWS 2026-11-23T12:20:00Z, 11.7 h ahead');
});

test('takes AWS\'s clock from the Date header otherwise', () => {
  const described = describeSkew(failure({ name: 'RequestTimeTooSkewed', message: 'too large', serverDate: 'Mon, 23 Nov 2026 12:20:00 GMT' }));
  expect(described?.message).toBe('this machine\'s clock is wrong: at AWS it is 2026-11-23T12:20:00Z');
  expect(describeSkew(failure({ name: 'RequestTimeTooSkewed', message: 'too large' }))?.message).toBe('this machine\'s clock is wrong: too large');
});

test('a signature that is wrong for another reason is not a matter of time', () => {
  expect(describeSkew(failure({ message: 'The request signature we calculated does not match the signature you provided', serverDate: 'Mon, 23 Nov 2026 12:20:00 GMT' }))).toBeUndefined();
});
