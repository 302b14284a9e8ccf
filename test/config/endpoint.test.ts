import { expect, test } from 'vitest';
import { parseEndpoint } from '../../src/config/endpoint.ts';

test.each([
  ['virtualNode/ColorTeller', 'virtualNode/ColorTeller'],
  ['virtualGateway/ColorGateway', 'virtualGateway/ColorGateway'],
  ['mesh/ColorMesh/virtualNode/ColorTeller', 'virtualNode/ColorTeller'],
  ['arn:aws:appmesh:eu-west-1:111122223333:mesh/ColorMesh/virtualGateway/ColorGateway', 'virtualGateway/ColorGateway'],
  ['arn:aws-cn:appmesh:cn-north-1:111122223333:mesh/shared@444455556666/virtualNode/a-b_c', 'virtualNode/a-b_c'],
])('%s is %s', (given, endpoint) => {
  expect(parseEndpoint(given)).toBe(endpoint);
});

test.each(['ColorTeller', 'virtualnode/ColorTeller', 'virtualNode/', 'virtualNode/a/b', 'virtualRouter/a', 'arn:aws:ecs:eu-west-1:111122223333:service/a'])(
  '"%s" is not an endpoint',
  (given) => {
    expect(() => parseEndpoint(given)).toThrow(`"${given}" is not an endpoint, expected virtualNode/NAME, virtualGateway/NAME or App Mesh's ARN of one`);
  },
);
