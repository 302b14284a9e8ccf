import { expect, test } from 'vitest';
import { readFailure } from '../../src/aws/sdk-error.ts';

test('reads what the SDK puts on an exception', () => {
  const thrown = Object.assign(new Error('Line one.\nLine two.'), {
    name: 'ThrottlingException',
    $metadata: { httpStatusCode: 400 },
    $response: { headers: { date: 'Mon, 23 Nov 2026 12:20:00 GMT' } },
    signedAt: '20261123T120000Z',
  });
  expect(readFailure(thrown)).toEqual({
    name: 'ThrottlingException',
    message: 'Line one. Line two',
    status: 400,
    serverDate: 'Mon, 23 Nov 2026 12:20:00 GMT',
    signedAt: '20261123T120000Z',
    code: undefined,
    cause: thrown,
  });
});

test('takes anything that was thrown', () => {
  expect(readFailure(null)).toMatchObject({ name: '', message: '' });
  expect(readFailure('text')).toMatchObject({ name: '', message: '' });
});

test('keeps nothing of an answer that was not JSON, because it may be half a secret (promise 129)', () => {
  const failure = readFailure(new SyntaxError('Unexpected token \'h\', "hunter2" is not valid JSON'));
  expect(failure).toMatchObject({ message: 'the answer is not JSON', cause: undefined });
});

test('leaves out what the SDK adds for those who debug it', () => {
  const thrown = new Error('aborted\n  Deserialization error: to see the raw response, inspect the hidden field {error}.$response on this object.');
  expect(readFailure(thrown).message).toBe('aborted');
});
