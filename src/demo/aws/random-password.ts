import { AwsError } from './aws-error.ts';
import type { Input } from './input.ts';

/** An integer in `[0, bound)`. */
export type RandomInt = (bound: number) => number;

const LOWERCASE = 'abcdefghijklmnopqrstuvwxyz';
/** Character types by the switch that leaves them out (Secrets Manager API, GetRandomPassword). */
const TYPES = {
  ExcludeLowercase: LOWERCASE,
  ExcludeUppercase: LOWERCASE.toUpperCase(),
  ExcludeNumbers: '0123456789',
  ExcludePunctuation: '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
} as const;
const LENGTH = { min: 1, max: 4096 };
// Secrets Manager's own
const DEFAULT_LENGTH = 32;

/** Secrets Manager's GetRandomPassword: `{RandomPassword}`. */
export function getRandomPassword(input: Input, random: RandomInt): { readonly RandomPassword: string } {
  const length = input.integer('PasswordLength', DEFAULT_LENGTH, LENGTH);
  const types = characterTypes(input);
  const alphabet = [...types, ...(input.flag('IncludeSpace', false) ? [' '] : [])].join('');
  if (alphabet === '') throw new AwsError('InvalidParameterException', 'There are no characters left to make a password of.');

  const required = input.flag('RequireEachIncludedType', true) ? types : [];
  if (length < required.length) {
    throw new AwsError('InvalidParameterException', 'The password length is too short based on the required types.');
  }
  const characters = required.map((type) => pick(type, random));
  while (characters.length < length) characters.push(pick(alphabet, random));
  return { RandomPassword: shuffled(characters, random).join('') };
}

/** The character types still wanted, without the excluded characters. */
function characterTypes(input: Input): readonly string[] {
  const excluded = new Set(input.optionalText('ExcludeCharacters', { min: 0, max: 4096 }));
  return Object.entries(TYPES)
    .filter(([exclusion]) => !input.flag(exclusion, false))
    .map(([, characters]) => Array.from(characters).filter((character) => !excluded.has(character)).join(''))
    .filter((characters) => characters !== '');
}

function pick(alphabet: string, random: RandomInt): string {
  return alphabet.charAt(random(alphabet.length));
}

/** Fisher and Yates: the required characters must not stand at known places. */
function shuffled(characters: readonly string[], random: RandomInt): readonly string[] {
  const result = [...characters];
  for (let last = result.length - 1; last > 0; last -= 1) {
    const other = random(last + 1);
    [result[last], result[other]] = [result[other] ?? '', result[last] ?? ''];
  }
  return result;
}
