import { parseArgs, type ParseArgsConfig } from 'node:util';
import { closest, distance } from 'fastest-levenshtein';
import { AgentError } from '../errors.ts';

type ParseArgsOptionsConfig = NonNullable<ParseArgsConfig['options']>;

type Parsed<O extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ args: string[]; options: O; allowPositionals: true; strict: true }>
>;

/** `node:util` parseArgs, strict; what it refuses becomes a usage error (64) that names the option. */
export function parseArguments<const O extends ParseArgsOptionsConfig>(args: readonly string[], options: O): Parsed<O> {
  const config = { args: [...args], options, allowPositionals: true, strict: true } as const satisfies ParseArgsConfig;
  try {
    return parseArgs(config);
  } catch (thrown) {
    throw usageError(thrown, Object.keys(options));
  }
}

function usageError(thrown: unknown, known: readonly string[]): AgentError {
  // Node's advice after the first sentence is about positionals that start with a dash; nobody means that here
  const sentence = (thrown instanceof Error ? thrown.message : String(thrown)).split('. ')[0] ?? '';
  const message = `${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`.replace(/\.$/, '');
  const unknown = /^unknown option '-+([^']*)'/.exec(message)?.[1];
  const near = unknown === undefined || known.length === 0 ? undefined : closest(unknown, known);
  // more than two letters away is another word, not a slip
  const slip = near !== undefined && distance(unknown ?? '', near) <= 2;
  return new AgentError('usage', message, { cause: thrown, ...(slip && { hint: `did you mean --${near}?` }) });
}
