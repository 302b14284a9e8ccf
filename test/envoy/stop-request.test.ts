import { expect, test } from 'vitest';
import { createStopRequest } from '../../src/envoy/stop-request.ts';

test('the first reason to stop is the reason', () => {
  const request = createStopRequest();
  expect(request.reason).toBeUndefined();
  request.stop('SIGTERM');
  request.stop('SIGINT');
  expect(request.reason).toBe('SIGTERM');
  expect(request.requested.reason).toMatchObject({ message: 'SIGTERM' });
});

test('only the second request means now', () => {
  const request = createStopRequest();
  request.stop('SIGTERM');
  expect([request.requested.aborted, request.now.aborted]).toEqual([true, false]);
  request.stop('SIGTERM');
  expect(request.now.aborted).toBe(true);
  request.stop('SIGTERM');
});
