import { beforeAll, describe, expect, it } from 'vitest';
import { casesOf, judge, type Judged } from '../fixtures/both-verdicts.ts';
import { ODD_ANCHORS } from '../fixtures/odd-anchors.ts';
import { ODD_CHAINS } from '../fixtures/odd-chains.ts';
import { ODD_CONSTRAINTS } from '../fixtures/odd-constraints.ts';

const CASES = casesOf([...ODD_CHAINS, ...ODD_CONSTRAINTS, ...ODD_ANCHORS]);
let judged: Judged[];
beforeAll(async () => {
  judged = await judge(CASES);
  // twenty seconds when the machine is idle
}, 180_000);

describe('dates, paths, signatures, constraints and anchors (promises 95, 96, 118, 119, 121, 122)', () => {
  it.each(CASES.map((given, index) => ({ ...given, index, title: `${given.cell.name}, as ${given.role}` })))('$title', ({ cell, expected, index }) => {
    const { ours, envoy } = judged[index]!;
    const [code, says] = expected === 'taken' ? [] : expected;
    expect(ours?.code).toBe(code);
    expect(ours?.message ?? '').toContain(says ?? '');
    expect(envoy).toBe((code === undefined) === (cell.differs === undefined));
  });
});
