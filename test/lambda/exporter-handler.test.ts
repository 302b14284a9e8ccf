import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { bundleOf, inlined } from '../../build/lambdas.mjs';
import { readTemplate } from '../fixtures/cloudformation.ts';
import { type Invocation, invoke } from '../fixtures/lambda-runtime.ts';

let code: string;
beforeAll(async () => {
  code = inlined(await bundleOf('exporter'));
});

/** Lambda's Invoke and CloudFormation's presigned URL, on one port. */
let url: string;
let renewer: { readonly asked: unknown[]; answer: unknown; failed: boolean };
let answers: unknown[];
const server = createServer((request, response) => {
  void text(request).then((body) => {
    if (request.method === 'PUT') {
      answers.push(JSON.parse(body));
      response.end();
    } else {
      renewer.asked.push([request.url, JSON.parse(body)]);
      response.writeHead(200, renewer.failed ? { 'x-amz-function-error': 'Unhandled' } : {}).end(JSON.stringify(renewer.answer));
    }
  });
});
beforeEach(async () => {
  renewer = { asked: [], answer: { versionId: 'v1' }, failed: false };
  answers = [];
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => void server.close());

function call(type: string): Promise<Invocation> {
  const { Properties } = readTemplate('renewal.yaml').Resources['GatewayTrustContents']!;
  const request = { RequestType: type, ResponseURL: `${url}/presigned`, StackId: 's', RequestId: 'r', LogicalResourceId: 'l', ResourceProperties: { ...Properties, SecretId: 'color/ca', AuthorityArns: ['arn'] } };
  return invoke(code, request, { RENEWER: 'color-renewer', AWS_REGION: 'eu-central-1', AWS_ENDPOINT_URL: url, AWS_ACCESS_KEY_ID: 'exporter', AWS_SECRET_ACCESS_KEY: 'embedded' });
}

it('asks the renewer of its environment and tells CloudFormation which version there is now', async () => {
  expect(await call('Create')).toMatchObject({ failed: false });
  expect(renewer.asked).toMatchObject([['/2015-03-31/functions/color-renewer/invocations', { fill: { SecretId: 'color/ca', AuthorityArns: ['arn'] } }]]);
  expect(answers).toMatchObject([{ Status: 'SUCCESS', PhysicalResourceId: 'contents of color/ca', Data: { VersionId: 'v1' } }]);
});

it("passes on why the renewer could not, in the renewer's words", async () => {
  renewer.failed = true;
  renewer.answer = { errorType: 'Error', errorMessage: 'may not acm:ExportCertificate (an Allow is missing)' };
  expect(await call('Update')).toMatchObject({ failed: false });
  expect(answers).toMatchObject([{ Status: 'FAILED', Reason: expect.stringContaining('may not acm:ExportCertificate (an Allow is missing)') as string }]);
});

it('asks nobody when its resource goes', async () => {
  await call('Delete');
  expect(renewer.asked).toEqual([]);
  expect(answers).toMatchObject([{ Status: 'SUCCESS' }]);
});
