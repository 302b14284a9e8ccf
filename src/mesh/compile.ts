import { bootstrapOf, manifestOf } from './bootstrap.ts';
import { collect } from './collection.ts';
import { Findings, type Diagnostic } from './diagnostic.ts';
import type { DefinitionFile } from './document.ts';
import { buildGraph, type Gateway, type Graph, type Node } from './graph.ts';
import type { JsonObject } from './json.ts';
import type { Manifest } from './manifest.ts';
import type { Delivery } from './transport-socket.ts';

export interface CompileRequest extends Delivery {
  /** The whole mesh: what a client does is decided by its server's definition. */
  readonly files: readonly DefinitionFile[];
  /** `virtualNode/NAME`, `virtualGateway/NAME` or `all`. */
  readonly endpoint: string;
}

export interface Output {
  readonly endpoint: string;
  readonly bootstrap: JsonObject;
  readonly manifest: Manifest;
}

export interface Compilation {
  /** By endpoint in byte order; empty if any diagnostic is an error. */
  readonly outputs: readonly Output[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * App Mesh definitions → one Envoy bootstrap and one manifest per endpoint. Pure: the same files give the same bytes,
 * in whatever order they come inside a layer. Everything found wrong anywhere in the mesh is reported in one run.
 */
export async function compileMesh(request: CompileRequest): Promise<Compilation> {
  const { files, endpoint } = request;
  const findings = new Findings();
  const graph = buildGraph(collect(files, findings), findings);
  const chosen = graph ? choose(graph, endpoint, findings) : [];
  const diagnostics = await placed(findings, files);
  if (graph === undefined || findings.failed) return { outputs: [], diagnostics };
  const outputs = chosen.map((one) => ({
    endpoint: one.identity,
    bootstrap: bootstrapOf(one, graph, request),
    manifest: manifestOf(one, graph),
  }));
  return { outputs, diagnostics };
}

/** Line and column take a parser that a start without findings need not load. */
async function placed({ all }: Findings, files: readonly DefinitionFile[]): Promise<readonly Diagnostic[]> {
  if (all.length === 0) return [];
  const { placeFindings } = await import('./position.ts');
  return placeFindings(all, new Map(files.map(({ path, text }) => [path, text])));
}

function choose(graph: Graph, wanted: string, findings: Findings): readonly (Node | Gateway)[] {
  const endpoints = [...graph.gateways, ...graph.nodes];
  const chosen = endpoints.filter(({ identity }) => wanted === 'all' || identity === wanted);
  // what is malformed is not in the graph, and reported already
  if (chosen.length > 0 || findings.failed) return chosen;
  if (endpoints.length === 0) findings.error('endpoint-missing', null, `mesh ${graph.mesh} has no endpoint`, 'define a virtual node or a virtual gateway');
  else findings.error('endpoint-unknown', null, `${wanted} is not an endpoint of mesh ${graph.mesh}`, `it has ${endpoints.map(({ identity }) => identity).join(', ')}`);
  return [];
}
