/** What was asked, for the message. */
export interface Call {
  /** As IAM spells it: `secretsmanager:GetSecretValue`. */
  readonly action: string;
  readonly resource: string;
  readonly region: string;
}

/** What the SDK tells about a failure, for whatever service. */
export interface Failure {
  /** The exception's name in the service model, or the SDK's own. */
  readonly name: string;
  readonly message: string;
  /** HTTP status, if there was an answer. */
  readonly status: number | undefined;
  /** The answer's Date header. */
  readonly serverDate: string | undefined;
  /** The request's X-Amz-Date, our own clock as the signature carries it: `20261123T120000Z`. */
  readonly signedAt: string | undefined;
  /** Node's error code, if the connection failed. */
  readonly code: string | undefined;
  readonly cause: unknown;
}

/** Takes an SDK exception apart; a message of AWS loses its line breaks and its full stop. */
export function readFailure(thrown: unknown): Failure {
  const error = thrown as Partial<{
    name: string;
    message: string;
    code: string;
    signedAt: string;
    $metadata: { httpStatusCode?: number };
    $response: { headers?: Record<string, string | undefined> };
  }> | null;
  return {
    name: error?.name ?? '',
    message: messageOf(error),
    status: error?.$metadata?.httpStatusCode,
    serverDate: error?.$response?.headers?.date,
    signedAt: error?.signedAt,
    code: error?.code,
    // its message quotes the answer, see below; nothing else in it is worth keeping
    cause: error?.name === 'SyntaxError' ? undefined : thrown,
  };
}

function messageOf(error: { name?: string; message?: string } | null): string {
  // a JSON parser quotes what it could not read, and that may be half a secret
  if (error?.name === 'SyntaxError') return 'the answer is not JSON';
  // what the SDK adds for those who debug it
  const said = (error?.message ?? '').replace(/\s*Deserialization error: to see the raw response[\s\S]*$/, '');
  return said.replace(/\s+/g, ' ').trim().replace(/\.$/, '');
}
