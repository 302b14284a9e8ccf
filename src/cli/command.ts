import type { Clock } from '../clock.ts';

/** What a subcommand may touch of the process. Handed in by the entry point, so that a test is a transcript. */
export interface CommandIo {
  stdout(text: string): void;
  stderr(text: string): void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborts on TERM and INT. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Whether stderr takes ANSI colours. */
  readonly colour: boolean;
  /** What relative paths are relative to; absent: the process's own directory. */
  readonly cwd?: string;
}

/** One subcommand, one file under src/cli. */
export interface Command {
  readonly name: string;
  /** One line for the list in `--help`, without a full stop. */
  readonly summary: string;
  /** The whole text of `COMMAND --help`, with examples; ends in a newline. */
  readonly usage: string;
  /**
   * Runs with the arguments after the command's name. Resolves to the exit code of a check that was made; an expected
   * failure may also be thrown as an AgentError, whose code knows the exit code.
   */
  run(args: readonly string[], io: CommandIo): Promise<number>;
}
