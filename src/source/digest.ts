import { createHash } from 'node:crypto';

/** The version of a source that has none of its own: SHA-256 of its text, lower-case hex. */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
