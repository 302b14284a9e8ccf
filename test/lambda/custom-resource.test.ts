import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type CustomResourceRequest, respond, sendByPut } from '../../src/lambda/custom-resource.ts';

const REQUEST: CustomResourceRequest = { RequestType: 'Create', ResponseURL: '', StackId: 's', RequestId: 'r', LogicalResourceId: 'l', ResourceProperties: {} };
let status: number[];
let heard: { readonly method: string | undefined; readonly type: string | undefined; readonly body: string }[];
let url: string;
const server = createServer((request, response) => {
  void text(request).then((body) => {
    heard.push({ method: request.method, type: request.headers['content-type'], body });
    response.writeHead(status.shift() ?? 200).end();
  });
});
beforeEach(async () => {
  status = [];
  heard = [];
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/presigned?x=y`;
});
afterEach(() => void server.close());

const ports = { send: sendByPut, sleep: () => Promise.resolve() };

it('puts the answer to the presigned URL, without a content type, which is not signed', async () => {
  await respond({ ...REQUEST, ResponseURL: url }, { Status: 'SUCCESS', PhysicalResourceId: 'p', Data: { VersionId: 'v' } }, ports);
  expect(heard).toMatchObject([{ method: 'PUT', type: '' }]);
  expect(JSON.parse(heard[0]!.body)).toEqual({ Status: 'SUCCESS', PhysicalResourceId: 'p', Data: { VersionId: 'v' }, NoEcho: true, StackId: 's', RequestId: 'r', LogicalResourceId: 'l' });
});

it('says it again when S3 does not take it, and gives up in the end', async () => {
  status = [503, 500];
  await respond({ ...REQUEST, ResponseURL: url }, { Status: 'SUCCESS', PhysicalResourceId: 'p' }, ports);
  expect(heard).toHaveLength(3);
  status = [403, 403, 403, 403];
  await expect(respond({ ...REQUEST, ResponseURL: url }, { Status: 'SUCCESS', PhysicalResourceId: 'p' }, ports)).rejects.toThrow('CloudFormation answered 403');
});

it('cuts a reason that is longer than CloudFormation shows', async () => {
  await respond({ ...REQUEST, ResponseURL: url }, { Status: 'FAILED', Reason: 'x'.repeat(5_000), PhysicalResourceId: 'p' }, ports);
  expect((JSON.parse(heard[0]!.body) as { Reason: string }).Reason).toHaveLength(1_000);
});
