import type { Address } from './address.ts';
import type { Collection, Held } from './collection.ts';
import type { Findings } from './diagnostic.ts';
import { healthCheckOf, type HealthCheck } from './health.ts';
import { appOf, checkPlacements, siteOf, type Site } from './placement.ts';
import type { Definition, Protocol } from './resources.ts';
import { checkKeyFiles, clientTlsOf, serverTlsOf, type ClientTls, type ServerTls } from './tls.ts';

/** The mesh with every reference followed and every policy decided: all that the translators read. */
export interface Graph {
  readonly mesh: string;
  readonly nodes: readonly Node[];
  readonly gateways: readonly Gateway[];
}

interface Endpoint {
  /** `virtualNode/NAME` or `virtualGateway/NAME`. */
  readonly identity: string;
  readonly port: number;
  readonly protocol: Protocol;
  readonly bind: Address;
  readonly tls: ServerTls | undefined;
  readonly accessLog: string | undefined;
  readonly health: HealthCheck | undefined;
}

export interface Node extends Endpoint {
  readonly kind: 'node';
  readonly name: string;
  readonly hostname: string;
  /** Where clients dial. */
  readonly reach: Address;
  readonly app: Address;
}

export interface Gateway extends Endpoint {
  readonly kind: 'gateway';
  /** In the order in which they match. */
  readonly routes: readonly Route[];
}

export interface Route {
  readonly name: string;
  readonly match: RouteMatch;
  /** The virtual service, which the request's authority becomes. */
  readonly service: string;
  readonly edge: Edge;
}

/** `prefix` is cut off before the request goes on; a gRPC method keeps its path. */
export interface RouteMatch {
  readonly kind: 'path' | 'grpc';
  readonly prefix: string;
}

/** A client's way to one server: one cluster. */
export interface Edge {
  readonly node: Node;
  readonly tls: ClientTls | undefined;
}

/** Follows every reference; undefined when there is not exactly one mesh. */
export function buildGraph(collection: Collection, findings: Findings): Graph | undefined {
  const meshes = collection.all('mesh');
  const [mesh] = meshes;
  if (collection.names('mesh').length === 0) findings.error('mesh-missing', null, 'no mesh is defined', 'pass the folder that holds the mesh: {"meshName": NAME}');
  for (const other of meshes.slice(1)) {
    collection.report('mesh-ambiguous', other, ['meshName'], `two meshes: ${mesh?.definition.meshName ?? ''} and ${other.definition.meshName}`, 'compile one mesh at a time');
  }
  checkMembership(collection);
  checkPlacements(collection);
  const nodes = new Map(collection.all('virtualNode').map((node) => [node.identity, toNode(node, collection)]));
  const gateways = collection.all('virtualGateway').map((gateway) => toGateway(gateway, nodes, collection));
  checkProviders(collection);
  return mesh && { mesh: mesh.definition.meshName, nodes: [...nodes.values()], gateways };
}

function checkMembership(collection: Collection): void {
  // without any mesh one error says it all
  if (collection.names('mesh').length === 0) return;
  for (const kind of ['virtualNode', 'virtualGateway', 'virtualService', 'gatewayRoute'] as const) {
    for (const resource of collection.all<typeof kind>(kind)) collection.resolve('mesh', resource.definition.meshName, resource, ['meshName']);
  }
}

/** References that no gateway route follows must hold, too. */
function checkProviders(collection: Collection): void {
  for (const service of collection.all('virtualService')) providerOf(service, collection);
  for (const route of collection.all('gatewayRoute')) {
    collection.resolve('virtualGateway', route.definition.virtualGatewayName, route, ['virtualGatewayName']);
    const { member, action } = ruleOf(route);
    const { virtualServiceName } = action.target.virtualService;
    collection.resolve('virtualService', virtualServiceName, route, ['spec', member, ...TARGET, 'virtualServiceName']);
  }
}

const TARGET = ['action', 'target', 'virtualService'] as const;

interface Rule {
  /** The member of `spec` that holds it. */
  readonly member: 'httpRoute' | 'http2Route' | 'grpcRoute';
  readonly match: RouteMatch;
  /** Where in the rule the match stands. */
  readonly key: 'prefix' | 'serviceName';
  readonly action: { readonly target: { readonly virtualService: { readonly virtualServiceName: string } } };
}

function ruleOf({ definition: { spec } }: Held<'gatewayRoute'>): Rule {
  if (spec.grpcRoute !== undefined) return { member: 'grpcRoute', match: { kind: 'grpc', prefix: `/${spec.grpcRoute.match.serviceName}/` }, key: 'serviceName', action: spec.grpcRoute.action };
  const [member, { match, action }] = spec.httpRoute === undefined ? (['http2Route', spec.http2Route] as const) : (['httpRoute', spec.httpRoute] as const);
  return { member, match: { kind: 'path', prefix: match.prefix }, key: 'prefix', action };
}

function providerOf(service: Held<'virtualService'>, collection: Collection): Held<'virtualNode'> | undefined {
  const { virtualNodeName } = service.definition.spec.provider.virtualNode;
  return collection.resolve('virtualNode', virtualNodeName, service, ['spec', 'provider', 'virtualNode', 'virtualNodeName']);
}

function toNode(node: Held<'virtualNode'>, collection: Collection): Node {
  const { virtualNodeName: name, spec } = node.definition;
  const { hostname } = spec.serviceDiscovery.dns;
  const { port, protocol, site, tls, health } = inboundOf(node, collection);
  const reach = site.reach ?? { host: hostname, port };
  const app = appOf(node, port, site.bind, collection);
  return { kind: 'node', identity: node.identity, name, hostname, port, protocol, bind: site.bind, reach, app, tls, health, accessLog: accessLogOf(spec) };
}

function inboundOf(endpoint: Held<'virtualNode'> | Held<'virtualGateway'>, collection: Collection): Pick<Endpoint, 'port' | 'protocol' | 'tls' | 'health'> & { readonly site: Site } {
  const [listener] = endpoint.definition.spec.listeners;
  // the shape admits exactly one listener
  if (listener === undefined) throw new Error(`${endpoint.identity} has no listener`);
  const { port, protocol } = listener.portMapping;
  return { port, protocol, site: siteOf(endpoint.identity, port, collection), tls: serverTlsOf(endpoint, listener, collection), health: healthCheckOf(endpoint, listener, collection) };
}

function accessLogOf({ logging }: Pick<Definition<'virtualNode'>['spec'], 'logging'>): string | undefined {
  return logging?.accessLog.file.path;
}

function toGateway(gateway: Held<'virtualGateway'>, nodes: ReadonlyMap<string, Node>, collection: Collection): Gateway {
  checkKeyFiles(gateway, collection);
  const { port, protocol, site, tls, health } = inboundOf(gateway, collection);
  const { virtualGatewayName, spec } = gateway.definition;
  const defined = collection.all('gatewayRoute').filter((route) => route.definition.virtualGatewayName === virtualGatewayName);
  // a malformed route is reported already
  const named = collection.names('gatewayRoute').some((name) => name.startsWith(`${virtualGatewayName}/`));
  if (!named) collection.warn('route-missing', gateway, [], `${gateway.identity} has no gateway route: it answers 404 to every request`);
  const edges = new Map<string, Edge>();
  const routes = defined.flatMap((route) => toRoute(route, gateway, nodes, edges, collection) ?? []);
  refuseDuplicates(defined, collection);
  return { kind: 'gateway', identity: gateway.identity, port, protocol, bind: site.bind, tls, health, accessLog: accessLogOf(spec), routes: routes.sort(byPrecedence) };
}

function toRoute(route: Held<'gatewayRoute'>, gateway: Held<'virtualGateway'>, nodes: ReadonlyMap<string, Node>, edges: Map<string, Edge>, collection: Collection): Route | undefined {
  const { match, action } = ruleOf(route);
  const service = collection.find('virtualService', action.target.virtualService.virtualServiceName);
  const provider = service && collection.find('virtualNode', service.definition.spec.provider.virtualNode.virtualNodeName);
  const node = provider && nodes.get(provider.identity);
  if (service === undefined || node === undefined) return undefined;
  const edge = edges.get(node.identity) ?? toEdge(gateway, node, collection);
  edges.set(node.identity, edge);
  return { name: route.definition.gatewayRouteName, match, service: service.definition.virtualServiceName, edge };
}

function toEdge(client: Held<'virtualGateway'>, node: Node, collection: Collection): Edge {
  const { identity: serverName, hostname, port, tls: server } = node;
  return { node, tls: clientTlsOf({ client, serverName, hostname, port, server }, collection) };
}

function refuseDuplicates(routes: readonly Held<'gatewayRoute'>[], collection: Collection): void {
  const taken = new Map<string, Held<'gatewayRoute'>>();
  for (const route of routes) {
    const { member, match, key } = ruleOf(route);
    const other = taken.get(match.prefix);
    if (other) collection.report('route-duplicate', route, ['spec', member, 'match', key], `${other.identity} takes the prefix ${match.prefix} already`);
    else taken.set(match.prefix, route);
  }
}

/** Without priorities the longest prefix wins, as App Mesh had it. */
function byPrecedence(a: Route, b: Route): number {
  return b.match.prefix.length - a.match.prefix.length || (a.match.prefix < b.match.prefix ? -1 : 1);
}
