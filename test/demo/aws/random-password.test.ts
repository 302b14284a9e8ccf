import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Input } from '../../../src/demo/aws/input.ts';
import { getRandomPassword } from '../../../src/demo/aws/random-password.ts';

const password = (members: object, random = (bound: number): number => randomInt(bound)): string =>
  getRandomPassword(Input.parse(JSON.stringify(members)), random).RandomPassword;

const SWITCHES = { ExcludeLowercase: /[a-z]/, ExcludeUppercase: /[A-Z]/, ExcludeNumbers: /\d/, ExcludePunctuation: /[!-/:-@[-`{-~]/ };

it('holds each wanted type and none of the others', () => {
  const name = fc.constantFrom(...(Object.keys(SWITCHES) as (keyof typeof SWITCHES)[]));
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 3 }), fc.integer({ min: 4, max: 40 }), (excluded, length) => {
      const made = password({ PasswordLength: length, ...Object.fromEntries(excluded.map((key) => [key, true])) });
      expect(made).toHaveLength(length);
      for (const [key, type] of Object.entries(SWITCHES)) {
        expect(type.test(made)).toBe(!excluded.includes(key as keyof typeof SWITCHES));
      }
    }),
  );
});

it('leaves single characters out', () => {
  expect(password({ PasswordLength: 4096, ExcludeCharacters: '#$%0aZ' })).not.toMatch(/[#$%0aZ]/);
});

it('uses a space only when asked to', () => {
  expect(password({ PasswordLength: 4096 })).not.toContain(' ');
  expect(password({ PasswordLength: 4096, IncludeSpace: true })).toContain(' ');
});

it('need not hold every type when that is switched off', () => {
  expect(password({ PasswordLength: 6, RequireEachIncludedType: false }, () => 0)).toBe('aaaaaa');
});

it('does not leave the required characters at the places where they were put', () => {
  expect(password({ PasswordLength: 4 }, () => 0)).toBe('A0!a');
});

it('refuses a length that is too short for the required types', () => {
  expect(() => password({ PasswordLength: 3 })).toThrow('too short based on the required types');
  expect(password({ PasswordLength: 4 })).toHaveLength(4);
});

it('refuses to make a password of nothing', () => {
  const everything = Object.fromEntries(Object.keys(SWITCHES).map((key) => [key, true]));
  expect(() => password(everything)).toThrow('no characters left');
});
