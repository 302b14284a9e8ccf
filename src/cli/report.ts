import picocolors from 'picocolors';
import type { AgentError } from '../errors.ts';

/** The one voice of the tool on stderr: `error:`, `warning:`, `hint:`, lower case, no full stop. Results never pass here. */
export interface Report {
  error(message: string): void;
  warning(message: string): void;
  hint(message: string): void;
  /** An error and its hint; returns the exit code that belongs to it. */
  failure(error: AgentError): number;
}

export function createReport(io: { stderr(text: string): void; readonly colour: boolean }): Report {
  const paint = picocolors.createColors(io.colour);
  const line = (label: string, message: string): void => io.stderr(`${label} ${message}\n`);
  const report: Report = {
    error: (message) => line(paint.bold(paint.red('error:')), message),
    warning: (message) => line(paint.bold(paint.yellow('warning:')), message),
    hint: (message) => line(paint.cyan('hint:'), message),
    failure(error) {
      report.error(error.message);
      if (error.hint !== undefined) report.hint(error.hint);
      return error.exitCode;
    },
  };
  return report;
}
