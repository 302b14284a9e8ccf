import { quote } from './quote.ts';

const ARN = /^arn:aws[\w-]*:appmesh:[^:]*:[^:]*:/;
const ENDPOINT = /^(?:mesh\/[^/]+\/)?(virtualNode|virtualGateway)\/([A-Za-z0-9][\w.-]{0,254})$/;

/**
 * Which endpoint of the mesh this Envoy is, as `virtualNode/NAME` or `virtualGateway/NAME`. App Mesh's own spellings are
 * taken too: `arn:aws:appmesh:REGION:ACCOUNT:mesh/MESH/virtualNode/NAME` and `mesh/MESH/virtualNode/NAME`, the forms of
 * APPMESH_RESOURCE_ARN.
 */
export function parseEndpoint(given: string): string {
  const [, kind, name] = ENDPOINT.exec(given.replace(ARN, '')) ?? [];
  if (kind === undefined || name === undefined) {
    throw new Error(`${quote(given)} is not an endpoint, expected virtualNode/NAME, virtualGateway/NAME or App Mesh's ARN of one`);
  }
  return `${kind}/${name}`;
}
