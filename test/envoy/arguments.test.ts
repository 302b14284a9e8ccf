import { expect, it } from 'vitest';
import { readEnvoyArguments } from '../../src/envoy/arguments.ts';

it.each([['-c', 'e.yaml'], ['-c=e.yaml'], ['--config-path', 'e.yaml'], ['--config-path=e.yaml']])('takes the file of %s %s out and leaves the rest as it stands', (...words) => {
  expect(readEnvoyArguments(['--concurrency', '2', ...words, '-l', 'info'])).toEqual({ file: 'e.yaml', rest: ['--concurrency', '2', '-l', 'info'] });
});

it('needs no file', () => {
  expect(readEnvoyArguments(['--log-level=debug'])).toEqual({ file: undefined, rest: ['--log-level=debug'] });
});

it.each(['--config-yaml', '--mode', '--base-id', '--base-id-path', '--use-dynamic-base-id', '--disable-hot-restart', '--restart-epoch', '--admin-address-path'])('refuses %s with its reason', (flag) => {
  for (const word of [flag, `${flag}=x`]) {
    expect(() => readEnvoyArguments([word])).toThrow(expect.objectContaining({ exitCode: 78, message: expect.stringMatching(`^${flag} cannot be passed to Envoy: .{20}`) as string }) as Error);
  }
});

it.each([[['-c', 'a.yaml', '-c', 'b.yaml'], 'twice'], [['-c'], 'no file'], [['-c='], 'no file']] as const)('refuses %j', (words, why) => {
  expect(() => readEnvoyArguments(words)).toThrow(expect.objectContaining({ exitCode: 78, message: expect.stringContaining(why) as string }) as Error);
});
