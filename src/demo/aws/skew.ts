import { AwsError } from './aws-error.ts';

/** Two clocks that disagree. */
export interface Skew {
  readonly kind: 'clock-skew';
  /** How far AWS's clock is ahead of ours; negative: behind. */
  readonly aheadMs: number;
  /** Secrets Manager says the first and names both times in its text; others say the second and name none. */
  readonly as: 'InvalidSignatureException' | 'RequestTimeTooSkewed';
  /**
   * Whether the Date header tells AWS's time, too: the SDK then corrects itself, and its second attempt goes through. A
   * proxy that dates answers by itself hides it.
   */
  readonly dated: boolean;
}

/** How old or early a signature may be. */
const TOLERANCE_MS = 5 * 60_000;

/** Throws what AWS answers to a request that was signed too long ago or too early; returns when it was not. */
export function skewed({ aheadMs, as, dated }: Skew, signedAt: string | undefined, now: Date): void {
  const theirs = new Date(now.getTime() + aheadMs);
  const signed = signedAt === undefined ? now : parseBasic(signedAt);
  const lateMs = theirs.getTime() - signed.getTime();
  if (Math.abs(lateMs) <= TOLERANCE_MS) return;
  const limit = basic(new Date(theirs.getTime() - Math.sign(lateMs) * TOLERANCE_MS));
  const text =
    lateMs > 0
      ? `Signature expired: ${basic(signed)} is now earlier than ${limit} (${basic(theirs)} - 5 min.)`
      : `Signature not yet current: ${basic(signed)} is still later than ${limit} (${basic(theirs)} + 5 min.)`;
  const message = as === 'RequestTimeTooSkewed' ? "The difference between the request time and the server's time is too large." : text;
  throw new AwsError(as, message, 400, dated ? { date: theirs.toUTCString() } : {});
}

/** ISO 8601 basic format in whole seconds, `20261123T120000Z`, as signatures carry it. */
function basic(date: Date): string {
  return date.toISOString().replace(/[-:]|\.\d+/g, '');
}

function parseBasic(text: string): Date {
  return new Date(text.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}
