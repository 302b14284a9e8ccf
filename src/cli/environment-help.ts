import { VARIABLES } from '../config/variables.ts';

/** Every variable with its meaning and default, a line each, for `--help`. */
export function environmentHelp(): string {
  const width = Math.max(...VARIABLES.map(({ name }) => name.length)) + 2;
  return VARIABLES.map(({ name, meaning, default: fallback }) => `  ${name.padEnd(width)}${meaning} (${fallback})`).join('\n');
}
