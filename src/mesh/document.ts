import { isObject, problemsOf } from './check.ts';
import type { Findings, JsonPath } from './diagnostic.ts';
import { SHAPES, type Definition, type Kind } from './resources.ts';

/** A definition file as it was read. */
export interface DefinitionFile {
  /** As the user named it; appears in diagnostics. */
  readonly path: string;
  readonly text: string;
  /**
   * Which argument brought it: of two layers the later one wins by identity, inside one layer a second definition of a
   * resource is an error. Absent: every file is a layer of its own.
   */
  readonly layer?: number;
}

/** One resource, or one endpoint's placement, in the shape of its kind unless `definition` is undefined: then it has been reported. */
export interface Resource<K extends Kind = Kind> {
  readonly kind: K;
  /** `virtualNode/colorteller`, `placement/virtualNode/colorteller`: unique in a compiled mesh. */
  readonly identity: string;
  readonly file: string;
  readonly layer: number;
  /** Where in its file the definition starts. */
  readonly root: JsonPath;
  readonly definition: Definition<K> | undefined;
}

/** Most specific first: a gateway route also names its gateway, everything names its mesh. */
const NAME_FIELDS = [
  ['gatewayRouteName', 'gatewayRoute'],
  ['routeName', undefined],
  ['virtualNodeName', 'virtualNode'],
  ['virtualServiceName', 'virtualService'],
  ['virtualRouterName', undefined],
  ['virtualGatewayName', 'virtualGateway'],
  ['meshName', 'mesh'],
] as const satisfies readonly (readonly [string, Kind | undefined])[];

/** The resources of one file. What is not JSON in App Mesh's request form, or a placement, is reported and left out. */
export function readResources(file: DefinitionFile, layer: number, findings: Findings): readonly Resource[] {
  const value = parse(file, findings);
  if (value === undefined) return [];
  const place = { file: file.path, resource: null, at: [] };
  if (!isObject(value)) {
    findings.error('form-unsupported', place, 'expected one definition, a JSON object', 'a file holds one request as `aws appmesh create-… --cli-input-json` took it');
    return [];
  }
  if (Object.hasOwn(value, 'placement')) return readPlacements(file, layer, value, findings);
  const found = NAME_FIELDS.find(([field]) => Object.hasOwn(value, field));
  if (found === undefined) {
    findings.error('form-unsupported', place, 'not an App Mesh request: it names no resource', formAdvice(value));
    return [];
  }
  const [field, kind] = found;
  if (kind === undefined) {
    findings.error('kind-unsupported', { ...place, at: [field] }, `${field.replace(/Name$/, '')} is not a kind of resource that this version translates`, `known kinds: ${Object.keys(SHAPES).join(', ')}`);
    return [];
  }
  const name = value[field];
  const resource = checked(kind, identityOf(kind, value, name), file, layer, [], value, findings);
  // without a name nothing can refer to it, and two such are not the same resource
  return typeof name === 'string' ? [resource] : [];
}

/** A gateway route's name is unique on its gateway only. */
function identityOf(kind: Kind, value: Readonly<Record<string, unknown>>, name: unknown): string {
  const parts = kind === 'gatewayRoute' ? [kind, value['virtualGatewayName'], name] : [kind, name];
  return parts.filter((part) => typeof part === 'string').join('/');
}

function readPlacements(file: DefinitionFile, layer: number, value: Readonly<Record<string, unknown>>, findings: Findings): readonly Resource[] {
  const place = { file: file.path, resource: 'placement' };
  for (const field of Object.keys(value).filter((key) => key !== 'placement')) {
    findings.error('field-unknown', { ...place, at: [field] }, `${field} does not belong beside placement`, 'a placement is a file of its own');
  }
  const entries = value['placement'];
  if (!isObject(entries) || Object.keys(entries).length === 0) {
    findings.error('value-invalid', { ...place, at: ['placement'] }, 'expected an object of endpoints', 'for example {"virtualNode/NAME": {"app": "127.0.0.1:8080"}}');
    return [];
  }
  return Object.entries(entries).map(([endpoint, entry]) =>
    checked('placement', `placement/${endpoint}`, file, layer, ['placement', endpoint], entry, findings),
  );
}

function checked<K extends Kind>(kind: K, identity: string, file: DefinitionFile, layer: number, root: JsonPath, value: unknown, findings: Findings): Resource<K> {
  const problems = problemsOf(SHAPES[kind], value, root);
  for (const { code, at, message, hint } of problems) findings.error(code, { file: file.path, resource: identity, at }, message, hint);
  const definition = problems.length === 0 ? (value as Definition<K>) : undefined;
  return { kind, identity, file: file.path, layer, root, definition };
}

function parse(file: DefinitionFile, findings: Findings): unknown {
  try {
    return JSON.parse(file.text) as unknown;
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    // V8 says "at position N", or that the input ended
    const offset = Number(/at position (\d+)/.exec(message)?.[1] ?? file.text.length);
    const place = { file: file.path, resource: null, at: [], offset };
    findings.error('not-json', place, 'the file is not JSON', 'this version reads JSON only; comments and trailing commas are not JSON');
    return undefined;
  }
}

function formAdvice(value: Readonly<Record<string, unknown>>): string {
  if (typeof value['apiVersion'] === 'string') return 'this looks like a Kubernetes object: this version reads the request form only';
  if (Object.hasOwn(value, 'Resources')) return 'this looks like a CloudFormation template: this version reads the request form only';
  if (Object.values(value).some((inner) => isObject(inner) && Object.hasOwn(inner, 'metadata'))) {
    return 'this looks like the answer of `aws appmesh describe-…`: this version reads the request form only';
  }
  return `a request carries one of ${NAME_FIELDS.filter(([, kind]) => kind !== undefined).map(([field]) => field).join(', ')}`;
}
