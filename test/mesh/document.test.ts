import { describe, expect, it } from 'vitest';
import { Findings, type Finding } from '../../src/mesh/diagnostic.ts';
import { readResources, type Resource } from '../../src/mesh/document.ts';

function read(text: string): { resources: readonly Resource[]; findings: readonly Finding[] } {
  const findings = new Findings();
  const resources = readResources({ path: 'a.json', text }, 0, findings);
  return { resources, findings: findings.all };
}

const route = {
  meshName: 'm',
  virtualGatewayName: 'g',
  gatewayRouteName: 'r',
  spec: { httpRoute: { match: { prefix: '/' }, action: { target: { virtualService: { virtualServiceName: 's.local' } } } } },
};

it('takes the kind from the most specific name, since a gateway route also names its gateway and its mesh', () => {
  const { resources, findings } = read(JSON.stringify(route));
  expect(findings).toEqual([]);
  expect(resources).toMatchObject([{ kind: 'gatewayRoute', identity: 'gatewayRoute/g/r', file: 'a.json', definition: route }]);
});

it('passes over tags and idempotency tokens', () => {
  const { resources, findings } = read('{"meshName": "m", "clientToken": "x", "tags": [{"key": "team", "value": "colour"}]}');
  expect(findings).toEqual([]);
  expect(resources).toMatchObject([{ identity: 'mesh/m' }]);
});

it('keeps a malformed resource as known by name, without a definition', () => {
  const { resources, findings } = read('{"meshName": "m", "virtualNodeName": "n", "spec": {}}');
  expect(findings.map(({ code }) => code)).toEqual(['field-missing', 'field-missing']);
  expect(resources).toMatchObject([{ identity: 'virtualNode/n', definition: undefined }]);
});

it('makes one resource of every endpoint of a placement', () => {
  const { resources } = read('{"placement": {"virtualNode/a": {"app": "127.0.0.1:1"}, "virtualGateway/b": {"listen": {"80": "127.0.0.1:8080"}}}}');
  expect(resources.map(({ identity, root }) => [identity, root])).toEqual([
    ['placement/virtualNode/a', ['placement', 'virtualNode/a']],
    ['placement/virtualGateway/b', ['placement', 'virtualGateway/b']],
  ]);
});

describe('refuses', () => {
  it.each([
    ['text that is not JSON', '{"meshName": "m",}', 'not-json', 'comments and trailing commas'],
    ['YAML', 'meshName: m\n', 'not-json', 'reads JSON only'],
    ['an empty file', '', 'not-json', 'reads JSON only'],
    ['a list of definitions', '[{"meshName": "m"}]', 'form-unsupported', 'a file holds one request'],
    ['a null', 'null', 'form-unsupported', 'a file holds one request'],
    ['a Kubernetes object', '{"apiVersion": "appmesh.k8s.aws/v1beta2", "kind": "Mesh"}', 'form-unsupported', 'Kubernetes'],
    ['a CloudFormation template', '{"Resources": {}}', 'form-unsupported', 'CloudFormation'],
    ['the answer of a describe call', '{"mesh": {"meshName": "m", "metadata": {}, "spec": {}}}', 'form-unsupported', 'describe'],
    ['a request without a name', '{"spec": {}}', 'form-unsupported', 'a request carries one of gatewayRouteName'],
    ['a virtual router, by its kind', '{"meshName": "m", "virtualRouterName": "r", "spec": {}}', 'kind-unsupported', 'known kinds'],
    ['a route, by its kind', '{"meshName": "m", "virtualRouterName": "r", "routeName": "x", "spec": {}}', 'kind-unsupported', 'known kinds'],
    ['an empty placement', '{"placement": {}}', 'value-invalid', 'for example'],
    ['a name that is not text', '{"meshName": 5}', 'value-invalid', null],
    ['an empty name', '{"meshName": ""}', 'value-invalid', null],
    ['a name that Envoy could not carry', '{"meshName": "a b"}', 'value-invalid', 'letters, digits'],
  ])('%s', (_what, text, code, hint) => {
    const { findings } = read(text);
    expect(findings.map((finding) => finding.code)).toEqual([code]);
    if (hint === null) expect(findings[0]?.hint).toBeNull();
    else expect(findings[0]?.hint).toContain(hint);
  });

  it('a field beside the placement', () => {
    const { findings } = read('{"placement": {"virtualNode/a": {"app": "127.0.0.1:1"}}, "meshName": "m"}');
    expect(findings).toMatchObject([{ code: 'field-unknown', place: { at: ['meshName'] } }]);
  });
});
