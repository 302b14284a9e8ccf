import { describe, expect, it } from 'vitest';
import { Input } from '../../../src/demo/aws/input.ts';

const input = (members: object): Input => Input.parse(JSON.stringify(members));

describe('Input', () => {
  it('takes an empty body for no members at all', () => {
    expect(Input.parse('').optionalText('Name')).toBeUndefined();
  });

  it.each(['{', '[]', 'null', '"text"'])('refuses the body %s', (body) => {
    expect(() => Input.parse(body)).toThrow(/^the body is not (JSON|an object)$/);
  });

  it('words a broken constraint as AWS does, without the value of a text', () => {
    const bounds = { min: 2, max: 3 };
    const failed = "1 validation error detected: Value at 'secretId' failed to satisfy constraint: Member must have length";
    expect(() => input({ SecretId: 'abcd' }).text('SecretId', bounds)).toThrow(`${failed} less than or equal to 3`);
    expect(() => input({ SecretId: 'a' }).text('SecretId', bounds)).toThrow(`${failed} greater than or equal to 2`);
    expect(() => input({}).text('SecretId')).toThrow("Value null at 'secretId' failed to satisfy constraint: Member must not be null");
    expect(() => input({ Length: 9 }).integer('Length', 1, { min: 0, max: 8 })).toThrow("Value '9' at 'length'");
  });

  it('counts bytes, not characters, and decodes blobs before it counts', () => {
    expect(() => input({ Text: 'üü' }).text('Text', { min: 0, max: 3 })).toThrow('less than or equal to 3');
    expect(input({ Blob: 'AAAAAA==' }).optionalBlob('Blob', { min: 4, max: 4 })).toEqual(Buffer.alloc(4));
  });

  it('refuses members of another JSON type', () => {
    expect(() => input({ Name: 5 }).text('Name')).toThrow('Name is not a string');
    expect(() => input({ Flag: 'true' }).flag('Flag', false)).toThrow('Flag is not a boolean');
    expect(() => input({ Names: ['a', 1] }).texts('Names')).toThrow('Names is not a list of strings');
    expect(() => input({ Length: 1.5 }).integer('Length', 1, { min: 0, max: 8 })).toThrow('Length is not an integer');
  });

  it('reads null as absent, as AWS does', () => {
    const nothing = input({ Name: null, Flag: null, Names: null, Length: null });
    expect(nothing.optionalText('Name')).toBeUndefined();
    expect(nothing.flag('Flag', true)).toBe(true);
    expect(nothing.texts('Names')).toBeUndefined();
    expect(nothing.integer('Length', 7, { min: 0, max: 8 })).toBe(7);
  });

  it('takes one of a closed set, by default its first', () => {
    const colours = ['red', 'blue'] as const;
    expect(input({}).choice('Colour', colours)).toBe('red');
    expect(input({ Colour: 'blue' }).choice('Colour', colours)).toBe('blue');
    expect(() => input({ Colour: 'green' }).choice('Colour', colours)).toThrow("Value 'green' at 'colour' failed to satisfy constraint: Member must satisfy enum value set: [red, blue]");
  });
});
