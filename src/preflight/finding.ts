import { type AgentError, toAgentError } from '../errors.ts';

/** What one look found; a preflight is a list of them. */
export interface Finding {
  /** What was looked at: `configuration`, `credentials`, `source`, `notices`, `directory`, `envoy`, `capacity`. */
  readonly check: string;
  readonly status: 'ok' | 'warning' | 'failed';
  readonly message: string;
  readonly hint?: string;
  /** Code of the closed set, of a failure. */
  readonly code?: string;
}

export function ok(check: string, message: string): Finding {
  return { check, status: 'ok', message };
}

export function warning(check: string, message: string, hint: string): Finding {
  return { check, status: 'warning', message, hint };
}

/** A failure in the words of the error; what is no AgentError is our own bug and says so. */
export function failed(check: string, thrown: unknown, prefix = ''): Finding {
  const { code, message, hint }: AgentError = toAgentError(thrown);
  return { check, status: 'failed', message: prefix + message, code, ...(hint === undefined ? {} : { hint }) };
}
