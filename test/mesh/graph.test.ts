import { describe, expect, it } from 'vitest';
import { collect } from '../../src/mesh/collection.ts';
import { Findings } from '../../src/mesh/diagnostic.ts';
import { buildGraph, type Graph } from '../../src/mesh/graph.ts';
import { added, changed, colorMesh, refused } from '../fixtures/color-mesh.ts';

function graphOf(files: ReturnType<typeof colorMesh>): Graph {
  const findings = new Findings();
  const graph = buildGraph(collect(files, findings), findings);
  if (graph === undefined || findings.failed) throw new Error(JSON.stringify(findings.all));
  return graph;
}

it('follows gateway route, virtual service and virtual node to one edge with both ends of TLS decided', () => {
  const { mesh, nodes, gateways } = graphOf(colorMesh('mtls'));
  expect(mesh).toBe('mtls');
  const [teller] = nodes;
  const [gateway] = gateways;
  expect(gateway?.routes).toMatchObject([{ name: 'colorteller', match: { kind: 'path', prefix: '/' }, service: 'colorteller.mtls.svc.cluster.local' }]);
  expect(gateway?.routes[0]?.edge.node).toBe(teller);
  expect(gateway?.routes[0]?.edge.tls).toMatchObject({ sni: 'colorteller.mtls.svc.cluster.local', identity: '/keys/colorgateway_cert_chain.pem' });
  expect(teller?.tls).toMatchObject({ permissive: false, clients: { trust: '/keys/colorgateway_cert_chain.pem', names: ['colorgateway.mtls.svc.cluster.local'] } });
});

it('gives each gateway its own routes only', () => {
  const other = { meshName: 'mtls', virtualGatewayName: 'colorgateway2', spec: { listeners: [{ portMapping: { port: 9081, protocol: 'http' } }] } };
  const { gateways } = graphOf(added(colorMesh('no-tls'), other));
  expect(gateways.map(({ identity, routes }) => [identity, routes.length])).toEqual([
    ['virtualGateway/colorgateway', 1],
    ['virtualGateway/colorgateway2', 0],
  ]);
});

describe('refuses', () => {
  it('a service whose provider does not exist, although no route leads there', async () => {
    const service = { meshName: 'mtls', virtualServiceName: 'lost.local', spec: { provider: { virtualNode: { virtualNodeName: 'lost' } } } };
    expect(await refused(added(colorMesh('mtls'), service))).toMatchObject([
      { code: 'name-unknown', resource: 'virtualService/lost.local', path: 'spec.provider.virtualNode.virtualNodeName', hint: 'defined: colorteller' },
    ]);
  });

  it.each(['mtls/colorteller.json', 'mtls/colorgateway.json', 'colorteller-service.json'])('a mesh that %s names and nobody defines', async (file) => {
    expect(await refused(changed(colorMesh('mtls'), file, 'meshName', 'other'))).toMatchObject([{ code: 'name-unknown', path: 'meshName', message: 'mesh other is not defined', hint: 'defined: mtls' }]);
  });

  it('a malformed node once: what refers to it is not blamed', async () => {
    const findings = await refused(changed(colorMesh('mtls'), 'mtls/colorteller.json', 'spec.listeners.0.tls.mode', 'STRIKT'));
    expect(findings.map(({ code }) => code)).toEqual(['value-invalid']);
  });
});
