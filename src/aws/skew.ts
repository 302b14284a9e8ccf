import { AgentError } from '../errors.ts';
import type { Failure } from './sdk-error.ts';

/** `Signature expired: OURS is now earlier than LIMIT (THEIRS - 5 min.)`, and its mirror image. */
const SENTENCE = /Signature (?:expired|not yet current): (\d{8}T\d{6}Z).*?\((\d{8}T\d{6}Z) [-+]/;

/** A signature lives five minutes; less is no reason to refuse one. */
const LEAST_SKEW_SECONDS = 240;

/** A clock that is off by more than the five minutes a signature lives; names both clocks as far as AWS tells them. */
export function describeSkew({ name, message, serverDate, signedAt, cause }: Failure): AgentError | undefined {
  const match = SENTENCE.exec(message);
  if (match === null && name !== 'RequestTimeTooSkewed' && name !== 'RequestExpired' && !/signature (expired|not yet current)/i.test(message)) return undefined;
  const ours = parseBasic(match?.[1] ?? signedAt);
  const theirs = parseBasic(match?.[2]) ?? parseHeader(serverDate);
  return new AgentError('clock-skewed', `this machine's clock is wrong: ${compare(ours, theirs, message)}`, {
    hint: 'set the clock of the host (on EC2 the time service 169.254.169.123): certificates are judged by it, too',
    cause,
  });
}

/** Both clocks; a Date header that agrees with ours was written by somebody on the way, and proves nothing. */
function compare(ours: Date | undefined, theirs: Date | undefined, message: string): string {
  if (theirs === undefined) return ours === undefined ? message : `here it is ${iso(ours)}, and AWS says: ${message}`;
  if (ours === undefined) return `at AWS it is ${iso(theirs)}`;
  const seconds = Math.round(Math.abs(ours.getTime() - theirs.getTime()) / 1000);
  if (seconds < LEAST_SKEW_SECONDS) return `here it is ${iso(ours)}, the answer is dated ${iso(theirs)}, and AWS says: ${message}`;
  const span = seconds >= 3600 ? `${Math.round(seconds / 360) / 10} h` : `${Math.round(seconds / 6) / 10} min`;
  return `here it is ${iso(ours)}, at AWS ${iso(theirs)}, ${span} ${ours < theirs ? 'behind' : 'ahead'}`;
}

/** ISO 8601 basic format, `20261123T120000Z`. */
function parseBasic(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

function parseHeader(text: string | undefined): Date | undefined {
  const date = new Date(text ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function iso(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}
