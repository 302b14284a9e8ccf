import { describe, expect, it } from 'vitest';
import { added, at, changed, colorMesh, compile, compiled, GATEWAY, managerOf, refused, routesOf, TELLER } from '../fixtures/color-mesh.ts';

const SERVICE = 'colorteller.mtls.svc.cluster.local';

function gatewayRoute(name: string, prefix: string): object {
  const action = { target: { virtualService: { virtualServiceName: SERVICE } } };
  return { meshName: 'mtls', virtualGatewayName: 'colorgateway', gatewayRouteName: name, spec: { httpRoute: { match: { prefix }, action } } };
}

/** `[prefix, rewrite]` of the gateway's routes in order, with these prefixes beside the `/` of the colour mesh. */
async function routesWith(...prefixes: readonly string[]): Promise<readonly (readonly unknown[])[]> {
  const files = prefixes.reduce((all, prefix, index) => added(all, gatewayRoute(`r${index}`, prefix), `r${index}.json`), colorMesh('mtls'));
  const routes = routesOf((await compiled(files))[GATEWAY]) as readonly unknown[];
  return routes.map((route) => [at(route, 'match', 'prefix'), at(route, 'route', 'prefix_rewrite')]);
}

describe('gateway routes', () => {
  it('pass a prefix of / on as it is', async () => {
    expect(await routesWith()).toEqual([['/', undefined]]);
  });

  it('cut a prefix off and leave one slash: the bare prefix needs a route of its own', async () => {
    expect(await routesWith('/chapter')).toEqual([
      ['/chapter/', '/'],
      ['/chapter', '/'],
      ['/', undefined],
    ]);
  });

  it('need one route where the prefix ends in a slash', async () => {
    expect(await routesWith('/chapter/')).toEqual([
      ['/chapter/', '/'],
      ['/', undefined],
    ]);
  });

  it('match by the longest prefix first, however they are named and ordered', async () => {
    expect((await routesWith('/a', '/a/b/c', '/a/b/')).map(([prefix]) => prefix)).toEqual(['/a/b/c/', '/a/b/c', '/a/b/', '/a/', '/a', '/']);
  });

  it('turn the authority into the virtual service, time out after 15 s and retry as App Mesh did', async () => {
    const [route] = routesOf((await compiled(colorMesh('mtls')))[GATEWAY]) as readonly unknown[];
    expect(at(route, 'route')).toMatchObject({
      cluster: 'cds_egress_mtls_colorteller_http_15000',
      host_rewrite_literal: SERVICE,
      timeout: '15s',
      retry_policy: { retry_on: 'unavailable,connect-failure,refused-stream,retriable-status-codes,reset', num_retries: 2, retriable_status_codes: [503] },
    });
  });

  it('are refused when two take the same prefix', async () => {
    expect(await refused(added(colorMesh('mtls'), gatewayRoute('again', '/')))).toMatchObject([
      { code: 'route-duplicate', path: 'spec.httpRoute.match.prefix', message: 'gatewayRoute/colorgateway/again takes the prefix / already' },
    ]);
  });

  it.each([
    ['a gateway that does not exist', 'virtualGatewayName', 'colourgateway', 'virtualGatewayName'],
    ['a service that does not exist', 'spec.httpRoute.action.target.virtualService.virtualServiceName', 'nobody.local', 'spec.httpRoute.action.target.virtualService.virtualServiceName'],
    ['another mesh', 'meshName', 'other', 'meshName'],
  ])('are refused when they name %s', async (_what, path, value, where) => {
    const findings = await refused(changed(colorMesh('mtls'), 'colorgateway-route.json', path, value));
    expect(findings.map(({ code, path: place }) => [code, place])).toEqual(expect.arrayContaining([['name-unknown', where]]));
    expect(findings.filter(({ severity }) => severity === 'error')).toHaveLength(1);
  });

  it.each([
    ['priority', 'spec.priority', 1],
    ['a rewrite', 'spec.httpRoute.action.rewrite', { prefix: { defaultPrefix: 'DISABLED' } }],
    ['a match of headers', 'spec.httpRoute.match.headers', [{ name: 'x' }]],
  ])('are refused when they ask for %s, which this version does not translate', async (_what, path, value) => {
    expect(await refused(changed(colorMesh('mtls'), 'colorgateway-route.json', path, value))).toMatchObject([{ code: 'field-unknown', path }]);
  });

  it('may be none: a warning, since the gateway answers 404 to everything', async () => {
    const { outputs, diagnostics } = await compile(colorMesh('mtls').filter(({ path }) => !path.endsWith('route.json')));
    expect(diagnostics).toMatchObject([{ severity: 'warning', code: 'route-missing', resource: GATEWAY }]);
    expect(routesOf(outputs.find(({ endpoint }) => endpoint === GATEWAY))).toEqual([]);
  });
});

describe('routes of a node', () => {
  it('lead everything to the application and time out after 15 s', async () => {
    expect(routesOf((await compiled(colorMesh('mtls')))[TELLER])).toEqual([{ match: { prefix: '/' }, route: { cluster: 'cds_ingress_mtls_colorteller_http_15000', timeout: '15s' } }]);
  });

  it('tell the application which client certificate its Envoy saw, and nobody else can say so (promise 94)', async () => {
    const manager = managerOf((await compiled(colorMesh('mtls')))[TELLER]);
    expect(manager).toMatchObject({
      forward_client_cert_details: 'SANITIZE_SET',
      set_current_client_cert_details: { subject: true, dns: true, uri: true },
      route_config: { name: 'rds_ingress_http_15000', request_headers_to_remove: ['x-peer-serial', 'x-peer-issuer', 'x-peer-not-after'] },
    });
    const headers = at(manager, 'route_config', 'request_headers_to_add') as readonly unknown[];
    expect(headers.map((entry) => [at(entry, 'header', 'key'), at(entry, 'header', 'value'), at(entry, 'append_action')])).toEqual([
      ['x-peer-serial', '%DOWNSTREAM_PEER_SERIAL%', 'OVERWRITE_IF_EXISTS_OR_ADD'],
      ['x-peer-issuer', '%DOWNSTREAM_PEER_ISSUER%', 'OVERWRITE_IF_EXISTS_OR_ADD'],
      ['x-peer-not-after', '%DOWNSTREAM_PEER_CERT_V_END%', 'OVERWRITE_IF_EXISTS_OR_ADD'],
    ]);
  });
});
