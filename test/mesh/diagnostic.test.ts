import { expect, it } from 'vitest';
import { Findings, formatPath } from '../../src/mesh/diagnostic.ts';

it.each([
  [[], ''],
  [['spec', 'listeners', 0, 'tls'], 'spec.listeners[0].tls'],
  [['placement', 'virtualNode/a', 'listen', '80'], 'placement["virtualNode/a"].listen["80"]'],
  [['a"b'], '["a\\"b"]'],
])('writes %j as %s', (path, text) => {
  expect(formatPath(path)).toBe(text);
});

it('has failed with an error, not with a warning', () => {
  const findings = new Findings();
  findings.warning('tls-unmet', null, 'x');
  expect(findings.failed).toBe(false);
  findings.error('mesh-missing', null, 'y', 'z');
  expect(findings.failed).toBe(true);
  expect(findings.all).toEqual([
    { severity: 'warning', code: 'tls-unmet', place: null, message: 'x', hint: null },
    { severity: 'error', code: 'mesh-missing', place: null, message: 'y', hint: 'z' },
  ]);
});
