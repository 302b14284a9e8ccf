import { expect, it } from 'vitest';
import { AgentError } from '../../src/errors.ts';
import { failed, ok, warning } from '../../src/preflight/finding.ts';

it('carries code and hint of a failure', () => {
  expect(failed('source', new AgentError('layout-unknown', 'no known layout', { hint: 'expected is JSON' }), 'trust: ')).toEqual({
    check: 'source', status: 'failed', code: 'layout-unknown', message: 'trust: no known layout', hint: 'expected is JSON',
  });
});

it('calls our own defects by their name', () => {
  expect(failed('source', new TypeError('x is undefined'))).toMatchObject({ code: 'bug', status: 'failed' });
});

it('tells a warning from what is fine', () => {
  expect([ok('a', 'fine').status, warning('a', 'hm', 'do').status]).toEqual(['ok', 'warning']);
});
