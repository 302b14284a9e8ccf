import { closest, distance } from 'fastest-levenshtein';
import type { DiagnosticCode, JsonPath } from './diagnostic.ts';
import type { Fields, Shape } from './shape.ts';

/** What a value has wrong, and where in it. */
export interface Problem {
  readonly code: DiagnosticCode;
  readonly at: JsonPath;
  readonly message: string;
  readonly hint: string | null;
}

type Variant<T extends Shape['type']> = Extract<Shape, { type: T }>;

/** Everything that keeps `value` from having the shape; empty: it has it. */
export function problemsOf(shape: Shape, value: unknown, at: JsonPath): readonly Problem[] {
  switch (shape.type) {
    case 'ignored':
      return [];
    case 'string':
      return problemsOfString(shape, value, at);
    case 'integer':
      return problemsOfInteger(shape, value, at);
    case 'boolean':
      return typeof value === 'boolean' ? [] : invalid(at, `expected true or false, not ${show(value)}`);
    case 'choice':
      return problemsOfChoice(shape, value, at);
    case 'list':
      return problemsOfList(shape, value, at);
    case 'object':
      return problemsOfObject(shape, value, at);
    case 'union':
      return problemsOfUnion(shape, value, at);
    case 'record':
      return problemsOfRecord(shape, value, at);
  }
}

function problemsOfString({ what, max, pattern, hint }: Variant<'string'>, value: unknown, at: JsonPath): readonly Problem[] {
  if (typeof value !== 'string') return invalid(at, `expected ${what}, not ${show(value)}`);
  if (value === '') return invalid(at, `expected ${what}, not an empty string`);
  if (value.length > max) return invalid(at, `expected ${what} of at most ${max} characters, not ${value.length}`);
  return pattern.test(value) ? [] : invalid(at, `expected ${what}, not ${show(value)}`, hint);
}

function problemsOfInteger({ min, max }: Variant<'integer'>, value: unknown, at: JsonPath): readonly Problem[] {
  const fits = typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;
  return fits ? [] : invalid(at, `expected a whole number from ${min} to ${max}, not ${show(value)}`);
}

function problemsOfChoice({ values }: Variant<'choice'>, value: unknown, at: JsonPath): readonly Problem[] {
  if (typeof value === 'string' && values.includes(value)) return [];
  return invalid(at, `${show(value)} is not a value that this version translates`, `known here: ${values.join(', ')}`);
}

function problemsOfList({ item, min, max }: Variant<'list'>, value: unknown, at: JsonPath): readonly Problem[] {
  if (!Array.isArray(value)) return invalid(at, `expected a list, not ${show(value)}`);
  if (value.length === 0 && min > 0) return invalid(at, 'the list is empty');
  const excess = value.length > max ? invalid(at, `${value.length} elements, this version translates at most ${max}`) : [];
  return [...excess, ...value.flatMap((element, index) => problemsOf(item, element, [...at, index]))];
}

function problemsOfObject({ required, optional }: Variant<'object'>, value: unknown, at: JsonPath): readonly Problem[] {
  if (!isObject(value)) return invalid(at, `expected an object, not ${show(value)}`);
  const missing = Object.keys(required).filter((name) => !Object.hasOwn(value, name));
  const absences = missing.map((name): Problem => ({ code: 'field-missing', at: [...at, name], message: `${name} is missing`, hint: null }));
  return [...absences, ...problemsOfFields({ ...required, ...optional }, value, at)];
}

function problemsOfUnion({ members }: Variant<'union'>, value: unknown, at: JsonPath): readonly Problem[] {
  if (!isObject(value)) return invalid(at, `expected an object, not ${show(value)}`);
  const choices = Object.keys(members).join(', ');
  if (Object.keys(value).length === 0) return invalid(at, 'the object is empty', `it takes exactly one of: ${choices}`);
  // an unknown member is reported as such; saying that a known one is missing would send people the wrong way
  const known = Object.keys(value).filter((name) => Object.hasOwn(members, name));
  const excess = known.length > 1 ? invalid(at, `${known.join(' and ')} exclude each other`, `it takes exactly one of: ${choices}`) : [];
  return [...excess, ...problemsOfFields(members, value, at)];
}

function problemsOfFields(fields: Fields, value: Readonly<Record<string, unknown>>, at: JsonPath): readonly Problem[] {
  return Object.entries(value).flatMap(([name, inner]): readonly Problem[] => {
    const shape = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (shape) return problemsOf(shape, inner, [...at, name]);
    const message = `${name} is not a field that this version translates`;
    return [{ code: 'field-unknown', at: [...at, name], message, hint: advice(name, Object.keys(fields)) }];
  });
}

function problemsOfRecord({ key, keyWhat, value: inner }: Variant<'record'>, value: unknown, at: JsonPath): readonly Problem[] {
  if (!isObject(value)) return invalid(at, `expected an object, not ${show(value)}`);
  if (Object.keys(value).length === 0) return invalid(at, 'the object is empty');
  return Object.entries(value).flatMap(([name, element]) => [
    ...(key.test(name) ? [] : invalid([...at, name], `expected ${keyWhat}, not ${show(name)}`)),
    ...problemsOf(inner, element, [...at, name]),
  ]);
}

function invalid(at: JsonPath, message: string, hint: string | null = null): readonly Problem[] {
  return [{ code: 'value-invalid', at, message, hint }];
}

/** A slip of the pen gets the right spelling; anything else the list of what there is. */
function advice(name: string, known: readonly string[]): string | null {
  if (known.length === 0) return null;
  const near = closest(name.toLowerCase(), known.map((field) => field.toLowerCase()));
  const field = known.find((candidate) => candidate.toLowerCase() === near);
  if (field !== undefined && distance(name.toLowerCase(), near) <= 2) return `did you mean ${field}?`;
  return `known here: ${known.join(', ')}`;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return isObject(value) ? 'an object' : JSON.stringify(value);
}
