import { expect, it } from 'vitest';
import { parseArguments } from '../../src/cli/arguments.ts';
import { AgentError } from '../../src/errors.ts';

const options = { out: { type: 'string' }, json: { type: 'boolean' } } as const;

function refusal(...args: string[]): AgentError {
  try {
    parseArguments(args, options);
  } catch (thrown) {
    if (thrown instanceof AgentError) return thrown;
  }
  throw new Error('was accepted');
}

it('separates options from positionals', () => {
  const { values, positionals } = parseArguments(['a', '--out', 'b', '--json', 'c'], options);
  expect(values).toEqual({ out: 'b', json: true });
  expect(positionals).toEqual(['a', 'c']);
});

it('names an unknown option and the known one that it resembles', () => {
  const error = refusal('--outt', 'x');
  expect([error.code, error.exitCode, error.message, error.hint]).toEqual(['usage', 64, "unknown option '--outt'", 'did you mean --out?']);
});

it('suggests nothing for an option that resembles none', () => {
  expect(refusal('--verbose').hint).toBeUndefined();
});

it.each([
  [['--out'], "option '--out <value>' argument missing"],
  [['--json=3'], "option '--json' does not take an argument"],
])('says what is wrong with %j', (args, message) => {
  expect(refusal(...args).message).toBe(message);
});
