import { expect, it } from 'vitest';
import { constraintBroken } from '../../../src/demo/aws/aws-error.ts';

it('words a broken constraint as AWS does, with the member as the wire spells it', () => {
  expect(constraintBroken('SecretString', 'have length less than or equal to 65536')).toMatchObject({
    type: 'ValidationException',
    status: 400,
    message: "1 validation error detected: Value at 'secretString' failed to satisfy constraint: Member must have length less than or equal to 65536",
  });
});
