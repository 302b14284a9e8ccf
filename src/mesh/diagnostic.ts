/** What the compiler has to say, with its place. Codes are stable: scripts and suppressions name them. */
export type DiagnosticCode =
  | 'not-json'
  | 'form-unsupported'
  | 'kind-unsupported'
  | 'field-unknown'
  | 'field-missing'
  | 'value-invalid'
  | 'name-duplicate'
  | 'name-unknown'
  | 'mesh-missing'
  | 'mesh-ambiguous'
  | 'endpoint-unknown'
  | 'endpoint-missing'
  | 'address-conflict'
  | 'route-duplicate'
  | 'route-missing'
  | 'key-conflict'
  | 'tls-unvalidated'
  | 'tls-permissive'
  | 'tls-unmet'
  | 'names-unchecked';

export interface Diagnostic {
  /** An error stops the whole compilation, a warning only under `--strict`. */
  readonly severity: 'error' | 'warning';
  readonly code: DiagnosticCode;
  /** The file as the user named it; null where the input as a whole is meant. */
  readonly file: string | null;
  /** 1-based; null where the place has no text. */
  readonly line: number | null;
  readonly column: number | null;
  /** `virtualNode/colorteller`; null where the document was not recognised. */
  readonly resource: string | null;
  /** `spec.listeners[0].tls.mode`, in the user's spelling. */
  readonly path: string;
  /** Lower case, no full stop. */
  readonly message: string;
  /** The likely fix. */
  readonly hint: string | null;
}

export type JsonPath = readonly (string | number)[];

/** Where a finding lies before its line and column are looked up. */
export interface Place {
  readonly file: string;
  readonly resource: string | null;
  readonly at: JsonPath;
  /** Character offset, where parsing itself failed. */
  readonly offset?: number;
}

export interface Finding {
  readonly severity: Diagnostic['severity'];
  readonly code: DiagnosticCode;
  readonly place: Place | null;
  readonly message: string;
  readonly hint: string | null;
}

/** Collects findings, so that one run reports them all. */
export class Findings {
  readonly all: Finding[] = [];

  error(code: DiagnosticCode, place: Place | null, message: string, hint: string | null = null): void {
    this.all.push({ severity: 'error', code, place, message, hint });
  }

  warning(code: DiagnosticCode, place: Place | null, message: string, hint: string | null = null): void {
    this.all.push({ severity: 'warning', code, place, message, hint });
  }

  get failed(): boolean {
    return this.all.some((finding) => finding.severity === 'error');
  }
}

/** `['spec', 'listeners', 0, 'a.b']` → `spec.listeners[0]["a.b"]`. */
export function formatPath(path: JsonPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    if (!/^[A-Za-z_$][\w$]*$/.test(step)) return `${text}[${JSON.stringify(step)}]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');
}
