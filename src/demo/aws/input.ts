import { AwsError, constraintBroken } from './aws-error.ts';

/** Inclusive; bytes of a text or a blob, value of a number. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

const ANY: Bounds = { min: 0, max: Number.MAX_SAFE_INTEGER };

/** The members of a request, read with the checks that the services' models ask for. */
export class Input {
  readonly #members: Readonly<Record<string, unknown>>;

  private constructor(members: Readonly<Record<string, unknown>>) {
    this.#members = members;
  }

  static parse(body: string): Input {
    const value = parseJson(body === '' ? '{}' : body);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw serialization('the body is not an object');
    return new Input(value as Readonly<Record<string, unknown>>);
  }

  text(member: string, bounds: Bounds = ANY): string {
    const value = this.optionalText(member, bounds);
    if (value === undefined) throw constraintBroken(member, 'not be null', 'null ');
    return value;
  }

  optionalText(member: string, bounds: Bounds = ANY): string | undefined {
    const value = this.#members[member] ?? undefined;
    if (value === undefined) return undefined;
    if (typeof value !== 'string') throw serialization(`${member} is not a string`);
    checkLength(member, Buffer.byteLength(value), bounds);
    return value;
  }

  /** One of a closed set; absent: the first. */
  choice<T extends string>(member: string, values: readonly [T, ...T[]]): T {
    const value = this.optionalText(member);
    if (value === undefined) return values[0];
    const known = values.find((candidate) => candidate === value);
    if (known === undefined) throw constraintBroken(member, `satisfy enum value set: [${values.join(', ')}]`, `'${value}' `);
    return known;
  }

  texts(member: string): readonly string[] | undefined {
    const value = this.#members[member] ?? undefined;
    if (value === undefined) return undefined;
    if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) throw serialization(`${member} is not a list of strings`);
    return value;
  }

  structure(member: string): Input {
    const value = this.#members[member] ?? {};
    if (typeof value !== 'object' || Array.isArray(value)) throw serialization(`${member} is not a structure`);
    return new Input(value as Readonly<Record<string, unknown>>);
  }

  /** A list of structures. */
  inputs(member: string): readonly Input[] {
    const value = this.#members[member] ?? [];
    if (!Array.isArray(value) || !value.every((item) => typeof item === 'object' && item !== null)) throw serialization(`${member} is not a list of structures`);
    return value.map((item) => new Input(item as Readonly<Record<string, unknown>>));
  }

  flag(member: string, absent: boolean): boolean {
    const value = this.#members[member] ?? absent;
    if (typeof value !== 'boolean') throw serialization(`${member} is not a boolean`);
    return value;
  }

  integer(member: string, absent: number, { min, max }: Bounds = ANY): number {
    const value = this.#members[member] ?? absent;
    if (typeof value !== 'number' || !Number.isInteger(value)) throw serialization(`${member} is not an integer`);
    if (value < min) throw constraintBroken(member, `have value greater than or equal to ${min}`, `'${value}' `);
    if (value > max) throw constraintBroken(member, `have value less than or equal to ${max}`, `'${value}' `);
    return value;
  }

  optionalBlob(member: string, bounds: Bounds = ANY): Buffer | undefined {
    const encoded = this.optionalText(member);
    if (encoded === undefined) return undefined;
    const value = Buffer.from(encoded, 'base64');
    checkLength(member, value.length, bounds);
    return value;
  }

  /** The first of these members that is a text: for the call log. */
  firstText(members: readonly string[]): string | undefined {
    return members.map((member) => this.#members[member]).find((value) => typeof value === 'string');
  }
}

function checkLength(member: string, length: number, { min, max }: Bounds): void {
  if (length < min) throw constraintBroken(member, `have length greater than or equal to ${min}`);
  if (length > max) throw constraintBroken(member, `have length less than or equal to ${max}`);
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw serialization('the body is not JSON');
  }
}

function serialization(message: string): AwsError {
  return new AwsError('SerializationException', message);
}
