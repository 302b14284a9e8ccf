import { describe, expect, it } from 'vitest';
import { AgentError, CODES, type Code, toAgentError } from '../src/errors.ts';

const codes = Object.keys(CODES) as Code[];

describe('a code', () => {
  it.each<[Code, number]>([
    ['usage', 64],
    ['key-mismatch', 65],
    ['definition-invalid', 65],
    ['source-unavailable', 69],
    ['source-placeholder', 69],
    ['deadline', 69],
    ['bug', 70],
    ['access-denied', 77],
    ['config-invalid', 78],
    ['envoy-missing', 78],
    ['no-evidence', 3],
    ['check-failed', 1],
  ])('%s has the exit code %i of the contract', (code, exit) => {
    expect(new AgentError(code, 'x').exitCode).toBe(exit);
  });

  it('of usage, configuration, a check or a defect is never worth a retry', () => {
    expect(codes.filter((code) => [1, 3, 64, 70, 78].includes(CODES[code].exit) && CODES[code].retryable)).toEqual([]);
  });

  it('of a service or a denial is always worth a retry', () => {
    expect(codes.filter((code) => [69, 77].includes(CODES[code].exit) && !CODES[code].retryable)).toEqual([]);
  });

  it('of bad material is worth a retry, for somebody may store better; of a bad definition it is not', () => {
    expect(codes.filter((code) => CODES[code].exit === 65 && !CODES[code].retryable)).toEqual(['definition-invalid']);
  });
});

describe('any thrown value', () => {
  it('is passed on as it is when it is ours', () => {
    const ours = new AgentError('deadline', 'too late', { hint: 'look', secret: 'identity' });
    expect(toAgentError(ours)).toBe(ours);
    expect(ours).toMatchObject({ hint: 'look', secret: 'identity', retryable: true });
  });

  it('becomes a defect of ours, with its cause, when nobody foresaw it', () => {
    const cause = new TypeError('x is not a function');
    expect(toAgentError(cause)).toMatchObject({ code: 'bug', message: 'unexpected: x is not a function', cause, retryable: false });
    expect(toAgentError('text').message).toBe('unexpected: text');
  });
});
