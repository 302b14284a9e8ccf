import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { secretName } from '../../src/mesh/secret.ts';
import { added, changed, colorMesh, compiled, GATEWAY, TELLER } from '../fixtures/color-mesh.ts';

const AUTHORITY = (id: string): string => `arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/${id}`;
const NAMES = 'spec.backendDefaults.clientPolicy.tls.validation.subjectAlternativeNames';
const ARNS = 'spec.backendDefaults.clientPolicy.tls.validation.trust.acm.certificateAuthorityArns';

describe('secretName', () => {
  it.each([
    ['/keys/colorgateway_cert_chain.pem', 'colorgateway-cert-chain'],
    ['arn:aws:acm:us-east-1:111122223333:certificate/AB12-cd', 'ab12-cd'],
    ['secret:color/identity', 'identity'],
    ['/keys/Über Größe.crt', 'ber-gr-e'],
    [`/keys/${'x'.repeat(200)}`, 'x'.repeat(40)],
    [`${AUTHORITY('a')},${AUTHORITY('b')}`, 'a'],
  ])('of %s starts with %s and ends with 8 digits of the digest', (reference, slug) => {
    const digest = createHash('sha256').update(`trust:${reference}`).digest('hex').slice(0, 8);
    expect(secretName('trust', reference)).toBe(`${slug}-${digest}`);
  });

  it('is the digest alone where nothing readable is left', () => {
    expect(secretName('trust', '/ключ/сертификат')).toMatch(/^[0-9a-f]{8}$/);
  });

  it('keeps identity and trust of one file apart', () => {
    expect(secretName('identity', '/keys/a.pem')).not.toBe(secretName('trust', '/keys/a.pem'));
  });
});

describe('manifest', () => {
  it('names every secret of the mutual state with its role and the names its leaf must carry', async () => {
    const outputs = await compiled(colorMesh('mtls'));
    const rows = [GATEWAY, TELLER].flatMap((endpoint) => (outputs[endpoint]?.manifest.secrets ?? []).map(({ kind, reference, roles, names, consumers }) => [endpoint, kind, reference.split('/').at(-1), roles.join(), names.join(), consumers]));
    expect(rows).toEqual([
      [GATEWAY, 'trust', '66666666-7777-8888-9999-000000000000', 'client', '', 1],
      [GATEWAY, 'identity', 'colorgateway_cert_chain.pem', 'client', 'colorgateway.mtls.svc.cluster.local', 1],
      [TELLER, 'identity', '11111111-2222-3333-4444-555555555555', 'server', 'colorteller.mtls.svc.cluster.local', 1],
      [TELLER, 'trust', 'colorgateway_cert_chain.pem', 'server', '', 1],
    ]);
  });

  it('expects of a server what its clients compare with, rather than its discovery name', async () => {
    const outputs = await compiled(changed(colorMesh('mtls'), 'mtls/colorgateway.json', NAMES, { match: { exact: ['b.example', 'a.example', 'b.example'] } }));
    expect(outputs[TELLER]?.manifest.secrets.find(({ kind }) => kind === 'identity')?.names).toEqual(['a.example', 'b.example']);
  });

  it('expects of a server without clients its discovery name', async () => {
    const outputs = await compiled(colorMesh('mtls').filter(({ path }) => !path.endsWith('colorgateway.json') && !path.endsWith('colorgateway-route.json')));
    expect(outputs[TELLER]?.manifest.secrets.find(({ kind }) => kind === 'identity')?.names).toEqual(['colorteller.mtls.svc.cluster.local']);
  });

  it('expects nothing of a client identity that no server asks for', async () => {
    const outputs = await compiled(changed(colorMesh('mtls'), 'mtls/colorteller.json', 'spec.listeners.0.tls.validation', undefined));
    expect(outputs[GATEWAY]?.manifest.secrets.find(({ kind }) => kind === 'identity')).toMatchObject({ names: [], consumers: 1 });
  });

  it('makes several CAs of one trust one secret, whatever their order', async () => {
    const arns = ['c', 'a', 'b'].map(AUTHORITY);
    const [one, other] = await Promise.all([arns, arns.toReversed()].map((list) => compiled(changed(colorMesh('mtls'), 'mtls/colorgateway.json', ARNS, list))));
    expect(one).toEqual(other);
    const trust = one?.[GATEWAY]?.manifest.secrets.filter(({ kind }) => kind === 'trust');
    expect(trust?.map(({ reference }) => reference)).toEqual([['a', 'b', 'c'].map(AUTHORITY).join(',')]);
  });

  it('refuses a fourth CA', async () => {
    await expect(compiled(changed(colorMesh('mtls'), 'mtls/colorgateway.json', ARNS, ['a', 'b', 'c', 'd'].map(AUTHORITY)))).rejects.toThrow(/at most 3/);
  });

  it('counts one consumer per cluster: a second server shares the secrets of the first', async () => {
    const hostname = 'greeter.mtls.svc.cluster.local';
    let files = added(colorMesh('mtls'), { meshName: 'mtls', virtualNodeName: 'greeter', spec: { listeners: [{ portMapping: { port: 15_001, protocol: 'http' }, tls: { mode: 'STRICT', certificate: { file: { certificateChain: '/keys/g.pem', privateKey: '/keys/g.key' } } } }], serviceDiscovery: { dns: { hostname } } } }, 'node.json');
    files = added(files, { meshName: 'mtls', virtualServiceName: hostname, spec: { provider: { virtualNode: { virtualNodeName: 'greeter' } } } }, 'service.json');
    files = added(files, { placement: { 'virtualNode/greeter': { app: '127.0.0.1:8081' } } }, 'where.json');
    const route = (name: string, prefix: string): object => ({ meshName: 'mtls', virtualGatewayName: 'colorgateway', gatewayRouteName: name, spec: { httpRoute: { match: { prefix }, action: { target: { virtualService: { virtualServiceName: hostname } } } } } });
    // two routes to one server are one cluster
    files = added(added(files, route('greet', '/greet'), 'r1.json'), route('hello', '/hello'), 'r2.json');
    const outputs = await compiled(files);
    expect(outputs[GATEWAY]?.manifest.secrets.map(({ kind, consumers }) => [kind, consumers])).toEqual([
      ['trust', 2],
      ['identity', 2],
    ]);
  });
});
