import { describe, expect, it } from 'vitest';
import { problemsOf } from '../../src/mesh/check.ts';
import { SHAPES } from '../../src/mesh/resources.ts';
import { changed, colorMesh } from '../fixtures/color-mesh.ts';

/** Paths of what is wrong with the teller of the mutual state after one change. */
function wrong(path: string, value: unknown): readonly string[] {
  const files = changed(colorMesh('mtls'), 'mtls/colorteller.json', path, value);
  const text = files.find((file) => file.path.endsWith('mtls/colorteller.json'))?.text ?? '';
  return problemsOf(SHAPES.virtualNode, JSON.parse(text), []).map(({ at }) => at.join('.'));
}

const PORT = 'spec.listeners.0.portMapping.port';
const ARN = 'spec.listeners.0.tls.certificate.acm.certificateArn';
const NAMES = 'spec.listeners.0.tls.validation.subjectAlternativeNames.match.exact';
const HOST = 'spec.serviceDiscovery.dns.hostname';
const CHAIN = 'spec.listeners.0.tls.validation.trust.file.certificateChain';

describe('the bounds of the service model', () => {
  it.each<[string, unknown]>([
    [PORT, 1],
    [PORT, 65_535],
    ['virtualNodeName', 'a'.repeat(255)],
    [ARN, 'arn:aws-us-gov:acm:us-gov-west-1:111122223333:certificate/abc'],
    [NAMES, ['spiffe://mesh/colorgateway']],
    [NAMES, ['x'.repeat(254)]],
    [HOST, 'colorteller'],
    ['tags', [{ key: 'team', value: 'colour' }]],
  ])('admit %s = %j', (path, value) => {
    expect(wrong(path, value)).toEqual([]);
  });

  it.each<[string, unknown, string?]>([
    [PORT, 0],
    [PORT, 65_536],
    [PORT, '15000'],
    ['virtualNodeName', 'a'.repeat(256)],
    ['virtualNodeName', 'a/b'],
    [ARN, 'arn:aws:acm:us-east-1:1234:certificate/abc'],
    [ARN, 'arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/abc'],
    [NAMES, []],
    [NAMES, ['*.mtls.svc.cluster.local'], `${NAMES}.0`],
    [NAMES, [''], `${NAMES}.0`],
    [NAMES, ['x'.repeat(255)], `${NAMES}.0`],
    [HOST, 'a..b'],
    [HOST, ''],
    [CHAIN, 'relative.pem'],
    [CHAIN, `/${'x'.repeat(255)}`],
  ])('refuse %s = %j', (path, value, at = path) => {
    expect(wrong(path, value)).toEqual([at]);
  });
});

describe('what this version does not translate', () => {
  it.each<[string, unknown, string?]>([
    ['spec.backends', []],
    ['spec.backendDefaults', {}],
    ['spec.listeners.0.timeout', {}],
    ['spec.listeners.0.connectionPool', {}],
    ['spec.listeners.0.outlierDetection', {}],
    ['spec.listeners.0.portMapping.protocol', 'tcp'],
    ['spec.serviceDiscovery.awsCloudMap', {}, 'spec.serviceDiscovery.awsCloudMap'],
    ['spec.serviceDiscovery.dns.responseType', 'ENDPOINTS'],
    ['spec.logging', { accessLog: { file: { path: '/x', format: { text: 'y' } } } }, 'spec.logging.accessLog.file.format'],
    ['meshOwner', '111122223333'],
    ['spec.listeners.0.tls.certificate', { sds: { secretName: 'x' } }, 'spec.listeners.0.tls.certificate.sds'],
  ])('is refused: %s', (path, value, at = path) => {
    expect(wrong(path, value)).toEqual([at]);
  });
});

it('refuses a second listener', () => {
  const listeners = [15_000, 15_001].map((port) => ({ portMapping: { port, protocol: 'http' } }));
  expect(wrong('spec.listeners', listeners)).toEqual(['spec.listeners']);
});

it('refuses an egress filter that lets everything out', () => {
  expect(problemsOf(SHAPES.mesh, { meshName: 'm', spec: { egressFilter: { type: 'ALLOW_ALL' } } }, [])).toHaveLength(1);
});
