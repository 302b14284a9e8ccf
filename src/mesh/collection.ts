import type { DiagnosticCode, Findings, JsonPath } from './diagnostic.ts';
import { readResources, type DefinitionFile, type Resource } from './document.ts';
import type { Definition, Kind } from './resources.ts';

/** A well-formed resource. */
export type Held<K extends Kind> = Resource<K> & { readonly definition: Definition<K> };

/** The definitions in force: of each identity the one of the last layer. Independent of the order of files inside a layer. */
export class Collection {
  readonly #resources: ReadonlyMap<string, Resource>;
  readonly #findings: Findings;

  constructor(resources: ReadonlyMap<string, Resource>, findings: Findings) {
    this.#resources = resources;
    this.#findings = findings;
  }

  /** The well-formed resources of a kind, by name in byte order. */
  all<K extends Kind>(kind: K): readonly Held<K>[] {
    return [...this.#resources.values()].filter((resource): resource is Held<K> => resource.kind === kind && resource.definition !== undefined);
  }

  /** What `from` refers to at `at`; undefined: unknown, and reported, or malformed, and reported already. */
  resolve<K extends Kind>(kind: K, name: string, from: Resource, at: JsonPath): Held<K> | undefined {
    if (!this.has(`${kind}/${name}`)) this.report('name-unknown', from, at, `${kind} ${name} is not defined`, this.#offer(kind));
    return this.find(kind, name);
  }

  find<K extends Kind>(kind: K, name: string): Held<K> | undefined {
    const found = this.#resources.get(`${kind}/${name}`);
    return found?.definition === undefined ? undefined : (found as Held<K>);
  }

  /** Whether it is defined, well or badly. */
  has(identity: string): boolean {
    return this.#resources.has(identity);
  }

  /** The names of a kind, well or badly defined. */
  names(kind: Kind): readonly string[] {
    return [...this.#resources.keys()].filter((identity) => identity.startsWith(`${kind}/`)).map((identity) => identity.slice(kind.length + 1));
  }

  /** An error at a path inside a resource. */
  report(code: DiagnosticCode, { file, identity, root }: Resource, at: JsonPath, message: string, hint: string | null = null): void {
    this.#findings.error(code, { file, resource: identity, at: [...root, ...at] }, message, hint);
  }

  warn(code: DiagnosticCode, { file, identity, root }: Resource, at: JsonPath, message: string, hint: string | null = null): void {
    this.#findings.warning(code, { file, resource: identity, at: [...root, ...at] }, message, hint);
  }

  #offer(kind: Kind): string {
    const names = this.names(kind);
    return names.length === 0 ? `no ${kind} is defined` : `defined: ${names.join(', ')}`;
  }
}

export function collect(files: readonly DefinitionFile[], findings: Findings): Collection {
  const inForce = new Map<string, Resource>();
  for (const [index, file] of files.entries()) {
    for (const resource of readResources(file, file.layer ?? index, findings)) add(inForce, resource, findings);
  }
  const sorted = [...inForce].sort(([a], [b]) => (a < b ? -1 : 1));
  return new Collection(new Map(sorted), findings);
}

function add(inForce: Map<string, Resource>, resource: Resource, findings: Findings): void {
  const { identity, file, layer, root } = resource;
  const other = inForce.get(identity);
  if (other?.layer === layer) {
    const hint = 'of two definitions in one folder neither can win; pass the folder that shall win as a later PATH';
    findings.error('name-duplicate', { file, resource: identity, at: root }, `${identity} is also defined in ${other.file}`, hint);
  }
  if (other === undefined || other.layer <= layer) inForce.set(identity, resource);
}
