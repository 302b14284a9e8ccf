/** A call as it came in. Never a value that was sent. */
export interface Arrival {
  /** Signing name: `secretsmanager`, `acm`, `acm-pca`; `credentials` for the container credentials endpoint. */
  readonly service: string;
  readonly operation: string;
  /** The secret id, ARN or domain name, as the caller wrote it. */
  readonly resource: string | undefined;
  readonly at: Date;
}

/** One call that reached the embedded AWS. */
export interface Call extends Arrival {
  /** The error's type, once the call has been answered with one. */
  readonly error: string | undefined;
}

/** Every call in order of arrival; a retry is a call. */
export class CallLog {
  readonly #calls: Call[] = [];

  get all(): readonly Call[] {
    return this.#calls;
  }

  /** The calls of one operation. */
  of(operation: string): readonly Call[] {
    return this.#calls.filter((call) => call.operation === operation);
  }

  /** Logs an arrival; the returned function adds the error it was answered with. */
  arrive(call: Arrival): (error: string) => void {
    const index = this.#calls.push({ ...call, error: undefined }) - 1;
    return (error) => {
      this.#calls[index] = { ...call, error };
    };
  }
}
