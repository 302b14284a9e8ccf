import { expect, test } from 'vitest';
import { callAws } from '../../src/aws/call.ts';

const CALL = { action: 'a:B', resource: 'r', region: 'eu-west-1' };

test('gives the answer', async () => {
  expect(await callAws(CALL, new AbortController().signal, () => Promise.resolve(1))).toBe(1);
});

test('words the failure', async () => {
  const send = (): Promise<never> => Promise.reject(Object.assign(new Error('m'), { code: 'ECONNRESET' }));
  await expect(callAws(CALL, new AbortController().signal, send)).rejects.toMatchObject({ code: 'source-unavailable' });
});

test('ends with the reason of the signal even when the SDK does not listen', async () => {
  const controller = new AbortController();
  const call = callAws(CALL, controller.signal, () => new Promise(() => undefined));
  controller.abort(new Error('deadline'));
  await expect(call).rejects.toThrow('deadline');
});

test('ends with the reason of the signal when the SDK does listen', async () => {
  const controller = new AbortController();
  const call = callAws(CALL, controller.signal, () => {
    controller.abort(new Error('deadline'));
    return Promise.reject(Object.assign(new Error('Request aborted'), { name: 'AbortError' }));
  });
  await expect(call).rejects.toThrow('deadline');
});

test('does not send after the signal', async () => {
  let sent = false;
  const call = callAws(CALL, AbortSignal.abort(new Error('stopped')), () => {
    sent = true;
    return Promise.resolve();
  });
  await expect(call).rejects.toThrow('stopped');
  expect(sent).toBe(false);
});
