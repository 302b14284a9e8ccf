import { describe, expect, it } from 'vitest';
import { parseCertificates } from '../../src/material/certificate.ts';
import { checkNames, listNames } from '../../src/material/names.ts';
import { createSide } from '../fixtures/pki.ts';

async function covers(presented: string, wanted: string): Promise<boolean> {
  const { leaf } = await createSide('colorgateway', { names: [presented] });
  const [certificate] = parseCertificates(leaf.certificatePem, 'the certificate');
  try {
    if (certificate) checkNames(certificate, [wanted]);
    return true;
  } catch {
    return false;
  }
}

describe('a presented name', () => {
  it.each([
    ['a.example', 'a.example', true],
    ['A.example', 'a.EXAMPLE', true],
    ['*.example', 'a.example', true],
    ['*.example', 'a.b.example', false],
    ['*.example', 'example', false],
    ['a*.example', 'abc.example', true],
    ['*c.example', 'abc.example', true],
    ['ab*bc.example', 'abc.example', false],
    ['*a*.example', 'abc.example', false],
    ['*.*.example', 'a.b.example', false],
    ['a.*.example', 'a.b.example', false],
    ['xn--*.example', 'xn--abc.example', false],
    ['*', 'a', false],
    ['spiffe://mesh/a', 'spiffe://mesh/a', true],
    ['spiffe://mesh/A', 'spiffe://mesh/a', false],
    ['10.0.0.1', '10.0.0.1', false],
  ])('%s against the wanted %s: %s, as the matchers of the compiler say', async (presented, wanted, expected) => {
    expect(await covers(presented, wanted)).toBe(expected);
  });
});

it('of thousands ten are listed', () => {
  expect(listNames(Array.from({ length: 1_000 }, (_, i) => `n${i}`))).toMatch(/^n0, .*n9 and 990 more$/);
  expect(listNames([])).toBe('none');
});
