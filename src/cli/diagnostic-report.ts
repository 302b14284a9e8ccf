import type { Diagnostic } from '../mesh/diagnostic.ts';
import type { Report } from './report.ts';

/** `FILE:LINE:COLUMN: RESOURCE PATH: MESSAGE`, each with its hint, in the tool's one voice. */
export function reportDiagnostics(diagnostics: readonly Diagnostic[], report: Report): void {
  for (const diagnostic of diagnostics) {
    report[diagnostic.severity](describe(diagnostic));
    if (diagnostic.hint !== null) report.hint(diagnostic.hint);
  }
}

function describe({ file, line, column, resource, path, message }: Diagnostic): string {
  const place = file === null ? [] : [[file, line, column].filter((part) => part !== null).join(':')];
  const subject = [resource, path].filter((part) => part !== null && part !== '').join(' ');
  return [...place, ...(subject === '' ? [] : [subject]), message].join(': ');
}
