type Init = Iterable<readonly [string, string]> | Readonly<Record<string, string>>;

/**
 * The part of the Fetch standard's `Headers` that gRPC needs. Bundles get it in place of Node's own, with which all of undici
 * would be loaded before the first secret is sent.
 */
export class Headers {
  readonly #values = new Map<string, string>();

  constructor(init: Init = []) {
    const entries = Symbol.iterator in init ? (init as Iterable<readonly [string, string]>) : Object.entries(init);
    for (const [name, value] of entries) this.append(name, value);
  }

  get(name: string): string | null {
    return this.#values.get(name.toLowerCase()) ?? null;
  }

  has(name: string): boolean {
    return this.#values.has(name.toLowerCase());
  }

  set(name: string, value: string): void {
    this.#values.set(name.toLowerCase(), value.trim());
  }

  append(name: string, value: string): void {
    const present = this.get(name);
    this.set(name, present === null ? value : `${present}, ${value}`);
  }

  delete(name: string): void {
    this.#values.delete(name.toLowerCase());
  }

  forEach(visit: (value: string, name: string) => void): void {
    for (const [name, value] of this) visit(value, name);
  }

  /** By name, as the standard has it. */
  [Symbol.iterator](): Iterator<[string, string]> {
    return [...this.#values].sort(([one], [other]) => (one < other ? -1 : 1))[Symbol.iterator]();
  }
}
