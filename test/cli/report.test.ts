import { expect, it } from 'vitest';
import { createReport } from '../../src/cli/report.ts';
import { AgentError } from '../../src/errors.ts';

function transcript(colour: boolean): { text: () => string; report: ReturnType<typeof createReport> } {
  let written = '';
  return { text: () => written, report: createReport({ colour, stderr: (text) => (written += text) }) };
}

it('prints an error, its hint and returns the exit code of its code', () => {
  const { text, report } = transcript(false);
  const exit = report.failure(new AgentError('definition-invalid', 'two meshes', { hint: 'pass one' }));
  expect(text()).toBe('error: two meshes\nhint: pass one\n');
  expect(exit).toBe(65);
});

it('prints no hint line when there is no hint', () => {
  const { text, report } = transcript(false);
  report.failure(new AgentError('usage', 'no path given'));
  report.warning('slow');
  expect(text()).toBe('error: no path given\nwarning: slow\n');
});

it('colours the label only, and only where colours are taken', () => {
  const { text, report } = transcript(true);
  report.error('broken');
  expect(text()).toMatch(/^\u001b\[.*error:.*\u001b\[\d+m broken\n$/);
});
