import { describe, expect, it } from 'vitest';
import { Headers as Ours } from '../../src/sds/headers.ts';

type Either = Pick<Headers, 'get' | 'has' | 'set' | 'append' | 'delete'> & Iterable<[string, string]>;

describe.each([
  ['Node', Headers],
  ['the bundles', Ours],
] as const)("the headers of %s", (_whose, Class) => {
  const make = (init?: Record<string, string> | [string, string][]): Either => new Class(init);

  it('know a name in any case, and write it small', () => {
    const headers = make({ 'Content-Type': 'application/grpc' });
    expect(headers.get('content-TYPE')).toBe('application/grpc');
    expect([...headers]).toEqual([['content-type', 'application/grpc']]);
    expect(headers.get('absent')).toBeNull();
  });

  it('join what is appended, replace what is set, forget what is deleted', () => {
    const headers = make([['a', ' 1 '], ['a', '2']]);
    expect(headers.get('a')).toBe('1, 2');
    headers.set('A', '3');
    expect(headers.get('a')).toBe('3');
    headers.delete('A');
    expect(headers.has('a')).toBe(false);
  });

  it('come by name, and can be copied', () => {
    const headers = new Class(new Class({ b: '2', a: '1' }) as Headers & Ours);
    const seen: string[] = [];
    headers.forEach((value: string, name: string) => seen.push(`${name}=${value}`));
    expect(seen).toEqual(['a=1', 'b=2']);
  });
});
