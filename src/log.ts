import type { Clock } from './clock.ts';

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Values that may appear in a log line. Key and passphrase types redact themselves in `toJSON`. */
export type LogFields = Readonly<Record<string, unknown>>;

/** One JSON object per event: `{"time","level","event",…fields}`. */
export interface Logger {
  error(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  debug(event: string, fields?: LogFields): void;
}

/** Writes events at `threshold` and above, one line each, to `write`. */
export function createLogger(clock: Clock, threshold: LogLevel, write: (line: string) => void): Logger {
  const emit = (level: LogLevel) => (event: string, fields: LogFields = {}) => {
    if (LOG_LEVELS.indexOf(level) > LOG_LEVELS.indexOf(threshold)) return;
    write(`${JSON.stringify({ time: clock.now().toISOString(), level, event, ...fields }, redact)}\n`);
  };
  return { error: emit('error'), warn: emit('warn'), info: emit('info'), debug: emit('debug') };
}

const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g;

/** The last line of defence: a key that reached a log field as text is cut out of it. */
function redact(_name: string, value: unknown): unknown {
  if (typeof value === 'string') return value.replace(PRIVATE_KEY, '[private key redacted]');
  if (value instanceof Error) return redact('message', value.message);
  return value;
}
