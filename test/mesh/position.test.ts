import { expect, it } from 'vitest';
import type { Finding, JsonPath } from '../../src/mesh/diagnostic.ts';
import { placeFindings } from '../../src/mesh/position.ts';

const TEXT = `{
  "meshName": "m",
  "spec": { "list": [ { "a": 1 },
      { "b.c": 2 } ] }
}
`;

async function positionOf(at: JsonPath, offset?: number): Promise<readonly unknown[]> {
  const place = { file: 'a.json', resource: null, at, ...(offset !== undefined && { offset }) };
  const finding: Finding = { severity: 'error', code: 'value-invalid', place, message: 'x', hint: null };
  const [diagnostic] = await placeFindings([finding], new Map([['a.json', TEXT]]));
  return [diagnostic?.line, diagnostic?.column, diagnostic?.path];
}

it.each<[JsonPath, readonly unknown[]]>([
  [['meshName'], [2, 3, 'meshName']],
  [['spec', 'list'], [3, 13, 'spec.list']],
  [['spec', 'list', 1], [4, 7, 'spec.list[1]']],
  [['spec', 'list', 1, 'b.c'], [4, 9, 'spec.list[1]["b.c"]']],
])('finds %j', async (at, expected) => {
  expect(await positionOf(at)).toEqual(expected);
});

it('shows a missing field at the key that lacks it', async () => {
  expect(await positionOf(['spec', 'tls', 'mode'])).toEqual([3, 3, 'spec.tls.mode']);
  expect(await positionOf(['other'])).toEqual([1, 1, 'other']);
});

it('shows a parse error where parsing stopped', async () => {
  expect(await positionOf([], TEXT.indexOf('"a"'))).toEqual([3, 25, '']);
});

it('leaves a finding about the whole input without a place, before all others', async () => {
  const place = { file: 'a.json', resource: null, at: ['meshName'] };
  const findings: readonly Finding[] = [
    { severity: 'error', code: 'value-invalid', place, message: 'second', hint: null },
    { severity: 'error', code: 'mesh-missing', place: null, message: 'first', hint: null },
  ];
  const placed = await placeFindings(findings, new Map([['a.json', TEXT]]));
  expect(placed.map(({ message, file, line }) => [message, file, line])).toEqual([
    ['first', null, null],
    ['second', 'a.json', 2],
  ]);
});
