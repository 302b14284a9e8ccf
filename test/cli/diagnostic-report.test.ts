import { expect, it } from 'vitest';
import { reportDiagnostics } from '../../src/cli/diagnostic-report.ts';
import { createReport } from '../../src/cli/report.ts';
import type { Diagnostic } from '../../src/mesh/diagnostic.ts';

function transcript(...diagnostics: readonly Diagnostic[]): string {
  let text = '';
  reportDiagnostics(diagnostics, createReport({ colour: false, stderr: (line) => (text += line) }));
  return text;
}

const finding: Diagnostic = { severity: 'error', code: 'value-invalid', file: 'a.json', line: 3, column: 5, resource: 'mesh/m', path: 'spec.x', message: 'wrong', hint: 'right' };

it('prints place, resource, path and message on one line, the hint below', () => {
  expect(transcript(finding)).toBe('error: a.json:3:5: mesh/m spec.x: wrong\nhint: right\n');
});

it('leaves out what is not known', () => {
  expect(transcript({ ...finding, severity: 'warning', path: '', hint: null })).toBe('warning: a.json:3:5: mesh/m: wrong\n');
  expect(transcript({ ...finding, resource: null, path: '', hint: null })).toBe('error: a.json:3:5: wrong\n');
  expect(transcript({ ...finding, file: null, line: null, column: null, resource: null, path: '', hint: null })).toBe('error: wrong\n');
});
