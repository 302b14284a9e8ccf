/** A failure as AWS words it; the SDK makes its typed class of `type`. */
export class AwsError extends Error {
  /** `ResourceNotFoundException` and the like. */
  readonly type: string;
  /** HTTP status: 400 for the caller's errors. */
  readonly status: number;
  /** Headers beside the usual ones. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(type: string, message: string, status = 400, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = 'AwsError';
    this.type = type;
    this.status = status;
    this.headers = headers;
  }
}

/** A member that breaks a constraint of the service's model; like AWS, without the value where it might be secret. */
export function constraintBroken(member: string, constraint: string, value = ''): AwsError {
  const wireName = member.charAt(0).toLowerCase() + member.slice(1);
  return new AwsError(
    'ValidationException',
    `1 validation error detected: Value ${value}at '${wireName}' failed to satisfy constraint: Member must ${constraint}`,
  );
}
