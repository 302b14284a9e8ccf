import { describe, expect, it } from 'vitest';
import { type Der, TAG, encodeDer, hasPieces, members, readDer, readOid } from '../../src/material/der.ts';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');

describe('DER', () => {
  it('is read as values side by side', () => {
    expect(readDer(hex('0101ff020105')).map(({ tag, content }) => [tag, content.toString('hex')])).toEqual([
      [TAG.boolean, 'ff'],
      [TAG.integer, '05'],
    ]);
  });

  it('has the members of a constructed value, and none where there is no value', () => {
    const [sequence] = readDer(hex('3006020101020102'));
    expect(members(sequence).map(({ content }) => content[0])).toEqual([1, 2]);
    expect(members(undefined)).toEqual([]);
  });

  it('takes long lengths', () => {
    const [value] = readDer(Buffer.concat([hex('04820100'), Buffer.alloc(256)]));
    expect(value?.content).toHaveLength(256);
  });

  it.each([
    ['2a864886f70d01050d', '1.2.840.113549.1.5.13'],
    ['551d0f', '2.5.29.15'],
    ['883703', '2.999.3'],
  ])('spells the identifier %s as %s', (content, dotted) => {
    expect(readOid({ tag: TAG.oid, content: hex(content) })).toBe(dotted);
  });

  it.each(['0405aa', '0480', '04850000000001', '3082ffff00'])('refuses %s, whose length leads outside or is of no known form', (text) => {
    expect(() => readDer(hex(text))).toThrow(RangeError);
  });

  it.each([0, 127, 128, 65_536])('writes what it reads, with %i bytes', (length) => {
    const values = [{ tag: TAG.octetString, content: Buffer.alloc(length, 7) }, { tag: TAG.integer, content: hex('01') }];
    expect(readDer(encodeDer(values))).toEqual(values);
  });
});

it('finds a string in pieces at any depth, and takes sequences, sets and context tags for what they are', () => {
  const octets = { tag: 0x04, content: Buffer.from([1, 2]) };
  const nest = (tag: number, ...inner: Der[]): Der => ({ tag, content: encodeDer(inner) });
  expect(hasPieces([nest(0x30, nest(0x31, octets), nest(0xa3, octets))])).toBe(false);
  for (const tag of [0x24, 0x23, 0x2c]) expect(hasPieces([nest(0x30, nest(0xa3, nest(0x30, nest(tag, octets))))])).toBe(true);
});
