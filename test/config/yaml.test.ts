import { expect, it } from 'vitest';
import { parseYaml } from '../../src/config/yaml.ts';

it('resolves anchors and merge keys, as Envoy does', () => {
  expect(parseYaml('base: &b {a: 1}\nmore: {<<: *b, c: 2}')).toEqual({ base: { a: 1 }, more: { a: 1, c: 2 } });
});

it('takes JSON', () => {
  expect(parseYaml('{"a": [1, "x"]}')).toEqual({ a: [1, 'x'] });
});

it('throws what the parser says', () => {
  expect(() => parseYaml('a: [')).toThrow();
});
