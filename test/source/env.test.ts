import { expect, test } from 'vitest';
import { openEnv } from '../../src/source/env.ts';

const reference = { scheme: 'env', text: 'env:COLOR', name: 'COLOR' } as const;

test('hands over the document of the variable and announces that it is exposed', async () => {
  const source = openEnv(reference, { COLOR: '{"Certificate":"c"}' });
  const { text, version } = await source.fetch(AbortSignal.any([]));
  expect(text.reveal()).toBe('{"Certificate":"c"}');
  expect(version).toMatch(/^[0-9a-f]{64}$/);
  expect(source.description).toBe('env:COLOR');
  expect(source.warning).toContain('env:COLOR is exposed');
});

test('is not polled, because the environment cannot change', () => {
  expect(openEnv(reference, { COLOR: 'x' }).pollMs).toBeUndefined();
});

test('a variable that is not set is a configuration error', () => {
  expect(() => openEnv(reference, {})).toThrow(expect.objectContaining({ code: 'config-invalid', message: 'env:COLOR: the variable COLOR is not set' }));
});
