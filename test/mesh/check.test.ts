import { describe, expect, it } from 'vitest';
import { problemsOf } from '../../src/mesh/check.ts';
import { boolean, choice, ignored, integer, list, object, objectWith, record, string, union, type Shape } from '../../src/mesh/shape.ts';

function messages(shape: Shape, value: unknown): readonly (readonly [string, string, string | null])[] {
  return problemsOf(shape, value, []).map(({ at, message, hint }) => [at.join('.'), message, hint]);
}

const colour = string('a colour', 6, /^[a-z]+$/, 'lower case');

describe('accepts', () => {
  it.each<[string, Shape, unknown]>([
    ['a string of the pattern', colour, 'yellow'],
    ['a number at its lower bound', integer(1, 9), 1],
    ['a number at its upper bound', integer(1, 9), 9],
    ['a boolean', boolean, false],
    ['one of the choices', choice('A', 'B'), 'B'],
    ['a list within its bounds', list(colour, 1, 2), ['red', 'blue']],
    ['an object without its optional field', objectWith({ a: boolean }, { b: boolean }), { a: true }],
    ['exactly one member of a union', union({ a: boolean, b: boolean }), { b: true }],
    ['a record whose keys fit', record(/^\d$/, 'a digit', boolean), { 1: true }],
    ['anything where it is ignored', ignored, { x: [null] }],
  ])('%s', (_what, shape, value) => {
    expect(problemsOf(shape, value, [])).toEqual([]);
  });
});

describe('refuses', () => {
  it.each<[string, Shape, unknown, readonly (readonly [string, string, string | null])[]]>([
    ['another type', colour, 5, [['', 'expected a colour, not 5', null]]],
    ['null', object({ a: colour }), { a: null }, [['a', 'expected a colour, not null', null]]],
    ['an empty string', colour, '', [['', 'expected a colour, not an empty string', null]]],
    ['a string that is too long', colour, 'magenta', [['', 'expected a colour of at most 6 characters, not 7', null]]],
    ['a string beside the pattern', colour, 'Red', [['', 'expected a colour, not "Red"', 'lower case']]],
    ['a number as text', integer(1, 9), '5', [['', 'expected a whole number from 1 to 9, not "5"', null]]],
    ['a number below its bound', integer(1, 9), 0, [['', 'expected a whole number from 1 to 9, not 0', null]]],
    ['a number above its bound', integer(1, 9), 10, [['', 'expected a whole number from 1 to 9, not 10', null]]],
    ['a fraction', integer(1, 9), 1.5, [['', 'expected a whole number from 1 to 9, not 1.5', null]]],
    ['a boolean as text', boolean, 'true', [['', 'expected true or false, not "true"', null]]],
    ['another choice', choice('A', 'B'), 'C', [['', '"C" is not a value that this version translates', 'known here: A, B']]],
    ['an empty list', list(colour, 1, 2), [], [['', 'the list is empty', null]]],
    ['a list that is too long', list(boolean, 1, 1), [true, false], [['', '2 elements, this version translates at most 1', null]]],
    ['an object for a list', list(boolean, 1, 1), { 0: true }, [['', 'expected a list, not an object', null]]],
    ['a list for an object', object({}), [], [['', 'expected an object, not a list', null]]],
    ['a missing field', object({ a: boolean }), {}, [['a', 'a is missing', null]]],
    ['an unknown field, with all that are known', object({ a: boolean }), { a: true, zebra: 1 }, [['zebra', 'zebra is not a field that this version translates', 'known here: a']]],
    ['a misspelt field, with the right spelling', objectWith({}, { hostname: colour }), { hostName: 'x' }, [['hostName', 'hostName is not a field that this version translates', 'did you mean hostname?']]],
    ['an inherited name', objectWith({}, { a: boolean }), { constructor: 1 }, [['constructor', 'constructor is not a field that this version translates', 'known here: a']]],
    ['an empty union', union({ a: boolean, b: boolean }), {}, [['', 'the object is empty', 'it takes exactly one of: a, b']]],
    ['two members of a union', union({ a: boolean, b: boolean }), { a: true, b: true }, [['', 'a and b exclude each other', 'it takes exactly one of: a, b']]],
    ['an unknown member of a union once', union({ abc: boolean }), { sds: true }, [['sds', 'sds is not a field that this version translates', 'known here: abc']]],
    ['a record key beside the pattern', record(/^\d$/, 'a digit', boolean), { x: true }, [['x', 'expected a digit, not "x"', null]]],
    ['an empty record', record(/^\d$/, 'a digit', boolean), {}, [['', 'the object is empty', null]]],
  ])('%s', (_what, shape, value, expected) => {
    expect(messages(shape, value)).toEqual(expected);
  });
});

it('reports every problem of a value, each at its place', () => {
  const shape = object({ items: list(object({ n: integer(0, 1) }), 1, 9) });
  expect(messages(shape, { items: [{ n: 5 }, { n: 1 }, {}, 'x'] }).map(([at]) => at)).toEqual(['items.0.n', 'items.2.n', 'items.3']);
});
