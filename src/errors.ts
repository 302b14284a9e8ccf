/**
 * Everything that can go wrong, as a closed set. A code decides the exit code (contract: sysexits numbers) and whether
 * looking again can help; the message carries both sides of what was compared, the hint the likely fix.
 */
export interface CodeFacts {
  /** Exit code of `run` when this is the last cause at the deadline, or at once if not retryable. */
  readonly exit: 1 | 3 | 64 | 65 | 69 | 70 | 77 | 78;
  /** Whether the same attempt may succeed later without a person changing our configuration. */
  readonly retryable: boolean;
}

const EXIT = { failed: 1, noEvidence: 3, usage: 64, data: 65, unavailable: 69, bug: 70, denied: 77, config: 78 } as const;

export const CODES = {
  usage: { exit: EXIT.usage, retryable: false },
  'config-invalid': { exit: EXIT.config, retryable: false },
  'environment-refused': { exit: EXIT.config, retryable: false },
  'reference-unresolved': { exit: EXIT.config, retryable: false },
  'directory-unusable': { exit: EXIT.config, retryable: false },
  'directory-in-use': { exit: EXIT.config, retryable: false },
  'address-in-use': { exit: EXIT.config, retryable: false },
  'definition-invalid': { exit: EXIT.data, retryable: false },
  'envoy-missing': { exit: EXIT.config, retryable: false },
  'envoy-refused-configuration': { exit: EXIT.config, retryable: false },
  'envoy-unreachable': { exit: EXIT.unavailable, retryable: true },
  'agent-unreachable': { exit: EXIT.unavailable, retryable: true },
  'envoy-not-live': { exit: EXIT.unavailable, retryable: true },
  'source-unavailable': { exit: EXIT.unavailable, retryable: true },
  'source-throttled': { exit: EXIT.unavailable, retryable: true },
  'source-not-found': { exit: EXIT.unavailable, retryable: true },
  'source-placeholder': { exit: EXIT.unavailable, retryable: true },
  'credentials-missing': { exit: EXIT.denied, retryable: true },
  'credentials-expired': { exit: EXIT.denied, retryable: true },
  'access-denied': { exit: EXIT.denied, retryable: true },
  'decryption-denied': { exit: EXIT.denied, retryable: true },
  'clock-skewed': { exit: EXIT.unavailable, retryable: true },
  'document-unreadable': { exit: EXIT.data, retryable: true },
  'layout-unknown': { exit: EXIT.data, retryable: true },
  'certificate-unreadable': { exit: EXIT.data, retryable: true },
  'certificate-missing': { exit: EXIT.data, retryable: true },
  'key-unreadable': { exit: EXIT.data, retryable: true },
  'key-passphrase-wrong': { exit: EXIT.data, retryable: true },
  'key-passphrase-missing': { exit: EXIT.data, retryable: true },
  'key-mismatch': { exit: EXIT.data, retryable: true },
  'key-unsupported': { exit: EXIT.data, retryable: true },
  'certificate-expired': { exit: EXIT.data, retryable: true },
  'certificate-not-yet-valid': { exit: EXIT.data, retryable: true },
  'certificate-purpose': { exit: EXIT.data, retryable: true },
  'certificate-name': { exit: EXIT.data, retryable: true },
  'certificate-unsupported': { exit: EXIT.data, retryable: true },
  'chain-broken': { exit: EXIT.data, retryable: true },
  'rehearsal-failed': { exit: EXIT.data, retryable: true },
  'trust-empty': { exit: EXIT.data, retryable: true },
  'anchor-invalid': { exit: EXIT.data, retryable: true },
  'crl-invalid': { exit: EXIT.data, retryable: true },
  'crl-expired': { exit: EXIT.data, retryable: true },
  'delivery-refused': { exit: EXIT.data, retryable: true },
  'delivery-unacknowledged': { exit: EXIT.unavailable, retryable: true },
  'proof-failed': { exit: EXIT.unavailable, retryable: true },
  'check-failed': { exit: EXIT.failed, retryable: false },
  'no-evidence': { exit: EXIT.noEvidence, retryable: false },
  deadline: { exit: EXIT.unavailable, retryable: true },
  bug: { exit: EXIT.bug, retryable: false },
} as const satisfies Record<string, CodeFacts>;

export type Code = keyof typeof CODES;

/** An expected failure, worded for the person on call: lower case, no full stop, never a secret. */
export class AgentError extends Error {
  readonly code: Code;
  /** The likely fix, printed as `hint:`. */
  readonly hint: string | undefined;
  /** The SDS secret it is about, when it is about one. */
  readonly secret: string | undefined;

  constructor(code: Code, message: string, options: { hint?: string; cause?: unknown; secret?: string } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'AgentError';
    this.code = code;
    this.hint = options.hint;
    this.secret = options.secret;
  }

  get exitCode(): number {
    return CODES[this.code].exit;
  }

  get retryable(): boolean {
    return CODES[this.code].retryable;
  }
}

/** Any thrown value as an AgentError; what we did not foresee is our own bug (70). */
export function toAgentError(thrown: unknown): AgentError {
  if (thrown instanceof AgentError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new AgentError('bug', `unexpected: ${message}`, { cause: thrown, hint: 'this is a defect of mtls-agent: please report it' });
}
