import { execFile } from 'node:child_process';
import type { Clock } from '../clock.ts';
import { AgentError } from '../errors.ts';

/** Validation takes Envoy about 60 ms; a cold disk some hundred. */
const LIMIT_MS = 10_000;
/** At its most talkative level Envoy writes some hundred kilobytes. */
const LARGEST_OUTPUT_BYTES = 16_777_216;
/** Enough for Envoy's sentence with the path of the field. */
const LONGEST_WORDS = 600;

export interface Validation {
  readonly binary: string;
  /** `-c FILE` or `--config-yaml TEXT`, and what else Envoy is to run with. */
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Has Envoy judge a configuration without running it (`--mode validate`): it binds no port and asks for no secret.
 *
 * @throws {AgentError} `envoy-refused-configuration` with Envoy's own words, `envoy-missing` if it cannot be executed
 */
export function validateConfiguration({ binary, arguments: own, environment }: Validation, clock: Clock): Promise<void> {
  const signal = clock.deadline(LIMIT_MS, new Error(`no answer within ${LIMIT_MS / 1000} s`));
  return new Promise((resolve, reject) => {
    // Envoy refuses an argument that comes twice
    const quiet = own.some((argument) => /^(-l|--log-level)(=|$)/.test(argument)) ? [] : ['--log-level', 'error'];
    execFile(binary, [...own, '--mode', 'validate', ...quiet], { env: environment, signal, maxBuffer: LARGEST_OUTPUT_BYTES }, (error, _stdout, stderr) => {
      if (error === null) resolve();
      else reject(refusal(binary, stderr, error));
    });
  });
}

function refusal(binary: string, stderr: string, cause: Error): AgentError {
  const { code } = cause as { code?: unknown };
  // a string is the errno of a binary that could not be started at all
  if (typeof code === 'string') return new AgentError('envoy-missing', `envoy at ${binary} cannot be executed: ${code}`, { hint: 'is it a binary for this processor and this libc?', cause });
  const words = wordsOf(stderr);
  return new AgentError('envoy-refused-configuration', `envoy refuses its configuration: ${words === '' ? cause.message : words}`, { hint: 'is this Envoy older than 1.36, or is an argument behind -- wrong?', cause });
}

/** The sentence that says why: that of the parser of arguments, else the last line, without the prefix of a log. */
function wordsOf(stderr: string): string {
  const parser = /^PARSE ERROR: (.*)\n(.*)$/m.exec(stderr);
  const said = parser === null ? (stderr.trim().split('\n').at(-1) ?? '') : `${parser[1] ?? ''} ${parser[2] ?? ''}`;
  return said.replace(/^(\[[^\]]*\]\s*)*(error: )?/, '').replace(/\s+/g, ' ').trim().slice(0, LONGEST_WORDS);
}
