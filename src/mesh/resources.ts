import { boolean, choice, ignored, integer, list, object, objectWith, record, string, union, type Infer } from './shape.ts';

/**
 * The part of App Mesh's API (2019-01-25, request form) that this version translates, with the service model's own
 * bounds, and the placement, which is ours. What is not here is refused by name.
 */
// names become parts of Envoy's cluster names and of the node id
const name = string('a name', 255, /^[A-Za-z0-9][\w.-]*$/, 'letters, digits, dot, underscore and hyphen');
const hostname = string('a host name', 253, /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/);
const path = string('an absolute file path', 255, /^\/[^\0]+$/);
const port = integer(1, 65_535);
// the request's idempotency token and tags say nothing about traffic
const request = { clientToken: ignored, tags: ignored } as const;

const certificateArn = string(
  'the ARN of an ACM certificate',
  2048,
  /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[\w-]+$/,
  'the end-entity certificate, arn:aws:acm:REGION:ACCOUNT:certificate/ID',
);
const authorityArn = string(
  'the ARN of a private CA',
  2048,
  /^arn:aws[a-z-]*:acm-pca:[a-z0-9-]+:\d{12}:certificate-authority\/[\w-]+$/,
  'the certificate authority, arn:aws:acm-pca:REGION:ACCOUNT:certificate-authority/ID, not a certificate it signed',
);

const filePair = object({ certificateChain: path, privateKey: path });
const trustFile = object({ certificateChain: path });
const alternativeNames = object({
  match: object({
    exact: list(string('a DNS name or URI without wildcards', 254, /^[^\s*]+$/, 'a certificate may carry a wildcard, what it is compared with may not'), 1, 100),
  }),
});

const listenerTls = objectWith(
  { mode: choice('STRICT', 'PERMISSIVE', 'DISABLED'), certificate: union({ acm: object({ certificateArn }), file: filePair }) },
  { validation: objectWith({ trust: union({ file: trustFile }) }, { subjectAlternativeNames: alternativeNames }) },
);

const threshold = integer(2, 10);
const healthCheck = objectWith(
  {
    protocol: choice('http', 'http2', 'grpc', 'tcp'),
    intervalMillis: integer(5_000, 300_000),
    timeoutMillis: integer(2_000, 60_000),
    healthyThreshold: threshold,
    unhealthyThreshold: threshold,
  },
  { path: string('a path', 255, /^\/[^\s?#]*$/, 'for example /ping'), port },
);

const listener = objectWith({ portMapping: object({ port, protocol: choice('http', 'http2', 'grpc') }) }, { tls: listenerTls, healthCheck });

const clientPolicy = object({
  tls: objectWith(
    {
      validation: objectWith(
        { trust: union({ acm: object({ certificateAuthorityArns: list(authorityArn, 1, 3) }), file: trustFile }) },
        { subjectAlternativeNames: alternativeNames },
      ),
    },
    { enforce: boolean, ports: list(port, 1, 100), certificate: union({ file: filePair }) },
  ),
});

const logging = object({ accessLog: union({ file: object({ path }) }) });

const mesh = objectWith({ meshName: name }, { ...request, spec: objectWith({}, { egressFilter: object({ type: choice('DROP_ALL') }) }) });

const virtualGateway = objectWith(
  {
    meshName: name,
    virtualGatewayName: name,
    spec: objectWith({ listeners: list(listener, 1, 1) }, { backendDefaults: object({ clientPolicy }), logging }),
  },
  request,
);

const virtualNode = objectWith(
  {
    meshName: name,
    virtualNodeName: name,
    spec: objectWith(
      { listeners: list(listener, 1, 1), serviceDiscovery: union({ dns: object({ hostname }) }) },
      { logging },
    ),
  },
  request,
);

const virtualService = objectWith(
  {
    meshName: name,
    virtualServiceName: name,
    spec: object({ provider: union({ virtualNode: object({ virtualNodeName: name }) }) }),
  },
  request,
);

const prefixMatch = object({ prefix: string('a path prefix', 255, /^\/[^\s?#]*$/, 'a prefix starts with /') });
const routeAction = object({ target: object({ virtualService: object({ virtualServiceName: name }) }) });

const gatewayRoute = objectWith(
  {
    meshName: name,
    virtualGatewayName: name,
    gatewayRouteName: name,
    spec: union({
      httpRoute: object({ match: prefixMatch, action: routeAction }),
      http2Route: object({ match: prefixMatch, action: routeAction }),
      grpcRoute: object({ match: object({ serviceName: string('the full name of a gRPC service', 255, /^[A-Za-z_][\w.]*$/, 'package.Service, without a slash') }), action: routeAction }),
    }),
  },
  request,
);

const portText = '([1-9]\\d{0,3}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d{2}|655[0-2]\\d|6553[0-5])';
const octet = '(25[0-5]|2[0-4]\\d|1?\\d?\\d)';
const ipText = `(\\[[0-9A-Fa-f:.]+\\]|${octet}(\\.${octet}){3})`;
const address = string('HOST:PORT', 260, new RegExp(`^(${ipText}|[A-Za-z][\\w.-]*):${portText}$`), 'an IPv6 address is written [::1]:8080');
const bound = string('IP:PORT', 260, new RegExp(`^${ipText}:${portText}$`), 'a listener binds an address, not a name');
const portKey = new RegExp(`^${portText}$`);

/** Where one endpoint's parts are on this machine; definition port → address. */
const placement = objectWith(
  {},
  {
    app: address,
    listen: record(portKey, 'a port of the definition', bound),
    reach: record(portKey, 'a port of the definition', address),
  },
);

export const SHAPES = { mesh, virtualGateway, virtualNode, virtualService, gatewayRoute, placement } as const;

export type Kind = keyof typeof SHAPES;
export type Definition<K extends Kind> = Infer<(typeof SHAPES)[K]>;
export type Listener = Infer<typeof listener>;
export type Protocol = Listener['portMapping']['protocol'];
export type ListenerTls = Infer<typeof listenerTls>;
export type HealthCheckDefinition = Infer<typeof healthCheck>;
export type ClientTlsPolicy = Infer<typeof clientPolicy>['tls'];
