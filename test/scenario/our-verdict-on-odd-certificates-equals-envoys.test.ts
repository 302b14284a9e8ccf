import { beforeAll, describe, expect, it } from 'vitest';
import { casesOf, judge, type Judged } from '../fixtures/both-verdicts.ts';
import { ODD_CERTIFICATES } from '../fixtures/odd-certificates.ts';

const CASES = casesOf(ODD_CERTIFICATES);
let judged: Judged[];
beforeAll(async () => {
  judged = await judge(CASES);
  // twenty seconds when the machine is idle
}, 180_000);

describe('keys, usages, purposes, names and forms of a leaf (promises 95, 118, 122)', () => {
  it.each(CASES.map((given, index) => ({ ...given, index, title: `${given.cell.name}, as ${given.role}` })))('$title', ({ cell, expected, index }) => {
    const { ours, envoy } = judged[index]!;
    const [code, says] = expected === 'taken' ? [] : expected;
    expect(ours?.code).toBe(code);
    expect(ours?.message ?? '').toContain(says ?? '');
    expect(envoy).toBe((code === undefined) === (cell.differs === undefined));
  });
});
