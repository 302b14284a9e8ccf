import { expect, it } from 'vitest';
import { environmentHelp } from '../../src/cli/environment-help.ts';
import { VARIABLES } from '../../src/config/variables.ts';

it('has a line for every variable, with its default in brackets at the end', () => {
  const lines = environmentHelp().split('\n');
  expect(lines).toHaveLength(VARIABLES.length);
  for (const [index, { name }] of VARIABLES.entries()) expect(lines[index]).toMatch(new RegExp(`^  ${name} +`));
  for (const { meaning, default: fallback } of VARIABLES) expect(lines.filter((line) => line.endsWith(`${meaning} (${fallback})`))).toHaveLength(1);
});
