/** One DER value (ITU-T X.690), not copied. */
export interface Der {
  /** Identifier octet: 0x30 SEQUENCE, 0x06 OBJECT IDENTIFIER, 0x80+n context [n]. Tags above 30 do not occur in X.509. */
  readonly tag: number;
  readonly content: Buffer;
}

export const TAG = { boolean: 0x01, integer: 0x02, bitString: 0x03, octetString: 0x04, oid: 0x06, utcTime: 0x17, sequence: 0x30, set: 0x31 } as const;

/** The values that `bytes` holds side by side. Throws a RangeError when a length leads outside. */
export function readDer(bytes: Buffer): Der[] {
  const values: Der[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { start, end } = readLength(bytes, at + 1);
    if (end > bytes.length) throw new RangeError('a DER length leads outside its value');
    values.push({ tag: bytes.readUInt8(at), content: bytes.subarray(start, end) });
    at = end;
  }
  return values;
}

function readLength(bytes: Buffer, at: number): { start: number; end: number } {
  const first = bytes.readUInt8(at);
  if (first < 0x80) return { start: at + 1, end: at + 1 + first };
  const size = first & 0x7f;
  // 4 octets hold 4 GiB; DER knows no indefinite length (0x80)
  if (size === 0 || size > 4) throw new RangeError('a DER length of an unknown form');
  const start = at + 1 + size;
  return { start, end: start + bytes.readUIntBE(at + 1, size) };
}

/**
 * Whether a string stands somewhere below in pieces (constructed): BER allows it, DER does not (X.690 section 10.2), and
 * BoringSSL loads no such certificate, while OpenSSL does.
 */
export function hasPieces(values: readonly Der[]): boolean {
  return values.some(({ tag, content }) => {
    const constructed = (tag & 0x20) !== 0;
    const universal = (tag & 0xc0) === 0;
    if (!constructed) return false;
    return (universal && tag !== TAG.sequence && tag !== TAG.set) || hasPieces(readDer(content));
  });
}

/** The members of a constructed value; an empty list when it is absent. */
export function members(value: Der | undefined): Der[] {
  return value === undefined ? [] : readDer(value.content);
}

/** An OBJECT IDENTIFIER in dotted form. */
export function readOid(value: Der | undefined): string | undefined {
  if (value?.tag !== TAG.oid) return undefined;
  const arcs: number[] = [];
  let arc = 0;
  for (const octet of value.content) {
    arc = arc * 128 + (octet & 0x7f);
    if (octet >= 0x80) continue;
    arcs.push(arc);
    arc = 0;
  }
  const [first = 0, ...rest] = arcs;
  const root = Math.min(2, Math.floor(first / 40));
  return [root, first - root * 40, ...rest].join('.');
}

/** The encodings of `values`, side by side. */
export function encodeDer(values: readonly Der[]): Buffer {
  return Buffer.concat(values.flatMap(({ tag, content }) => [Buffer.from([tag, ...encodeLength(content.length)]), content]));
}

function encodeLength(length: number): number[] {
  if (length < 0x80) return [length];
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return [0x80 + octets.length, ...octets];
}
