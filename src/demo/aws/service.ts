import type { Input } from './input.ts';

/** One AWS service as the wire sees it (awsJson 1.1: a POST to `/`, routed by `X-Amz-Target: PREFIX.OPERATION`). */
export interface Service {
  readonly targetPrefix: string;
  /** The service part of the credential scope, and of IAM's action names. */
  readonly signingName: string;
  /** How the service spells the text of an error. */
  readonly messageMember: 'Message' | 'message';
  /** Input members that say which resource a call is about, first come. */
  readonly resourceMembers: readonly string[];
  readonly operations: Readonly<Record<string, Operation>>;
  /** The ARN that policies know a resource by, where callers may write it otherwise. */
  resourceArn?(input: Input): string | undefined;
}

/** Takes the input's members, gives the output's: dates as epoch seconds, blobs as base64. Throws `AwsError`. */
export type Operation = (input: Input) => object | Promise<object>;

/** Where and for whom an embedded AWS stands. */
export interface Site {
  readonly region: string;
  /** 12 digits. */
  readonly account: string;
}

/** A timestamp on the wire: epoch seconds. */
export function epochSeconds(date: Date): number {
  return date.getTime() / 1000;
}
