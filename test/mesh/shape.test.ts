import { expect, expectTypeOf, it } from 'vitest';
import { problemsOf } from '../../src/mesh/check.ts';
import { boolean, choice, integer, list, object, objectWith, record, string, union, type Infer } from '../../src/mesh/shape.ts';

it('derives the type of a value from its shape', () => {
  const shape = objectWith(
    { name: string('a name', 9), mode: choice('A', 'B'), ports: list(integer(1, 9), 1, 9) },
    { enforce: boolean, by: record(/./, 'a key', object({ on: boolean })) },
  );
  type Value = Infer<typeof shape>;
  const value: Value = { name: 'a', mode: 'B', ports: [1], by: { any: { on: true } } };
  expect(problemsOf(shape, value, [])).toEqual([]);
  expectTypeOf<Value['name']>().toEqualTypeOf<string>();
  expectTypeOf<Value['mode']>().toEqualTypeOf<'A' | 'B'>();
  expectTypeOf<Value['ports']>().toEqualTypeOf<readonly number[]>();
  expectTypeOf<Value['enforce']>().toEqualTypeOf<boolean | undefined>();
  expectTypeOf<Value['by']>().toEqualTypeOf<Readonly<Record<string, { readonly on: boolean } & { readonly [K in never]?: unknown }>> | undefined>();
});

it('derives a union whose members exclude each other', () => {
  const shape = union({ file: string('a path', 9), acm: integer(1, 9) });
  type Value = Infer<typeof shape>;
  const value: Value = { acm: 5 };
  expect(problemsOf(shape, value, [])).toEqual([]);
  expectTypeOf<{ file: string }>().toExtend<Value>();
  expectTypeOf<{ acm: number }>().toExtend<Value>();
  expectTypeOf<{ file: string; acm: number }>().not.toExtend<Value>();
});

it('admits any text without spaces where no pattern is given', () => {
  const { pattern } = string('a name', 9);
  expect(['a', 'a b', ''].map((text) => pattern.test(text))).toEqual([true, false, false]);
});
