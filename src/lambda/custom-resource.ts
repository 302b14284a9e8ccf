import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** What CloudFormation asks of a custom resource (AWS CloudFormation user guide, Custom resource request objects). */
export interface CustomResourceRequest {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  readonly ResponseURL: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties: Readonly<Record<string, unknown>>;
}

export interface CustomResourceAnswer {
  readonly Status: 'SUCCESS' | 'FAILED';
  /** Why it failed; people read it in the stack's events. */
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
  /** For `Fn::GetAtt`. */
  readonly Data?: Readonly<Record<string, string>>;
}

/** Puts a body where CloudFormation waits for it; rejects unless it is taken. */
export type Send = (url: string, body: string) => Promise<void>;

/** A stack whose resource does not answer waits for an hour. */
const PAUSES_MS = [500, 2_000, 5_000];

/** Tells CloudFormation, and again when it was not heard. */
export async function respond(request: CustomResourceRequest, answer: CustomResourceAnswer, { send, sleep }: { readonly send: Send; readonly sleep: (ms: number) => Promise<void> }): Promise<void> {
  const { StackId, RequestId, LogicalResourceId, ResponseURL } = request;
  // what is said is for the stack's events, and 4 kB are what S3 takes of it
  const body = JSON.stringify({ ...answer, ...(answer.Reason !== undefined && { Reason: answer.Reason.slice(0, 1_000) }), NoEcho: true, StackId, RequestId, LogicalResourceId });
  for (let attempt = 0; ; attempt += 1) {
    try {
      await send(ResponseURL, body);
      return;
    } catch (thrown) {
      const pauseMs = PAUSES_MS[attempt];
      if (pauseMs === undefined) throw thrown;
      await sleep(pauseMs);
    }
  }
}

const SEND_TIMEOUT_MS = 5_000;

/** To the presigned URL, which takes no content type. */
export const sendByPut: Send = (url, body) =>
  new Promise((resolve, reject) => {
    const request = url.startsWith('http:') ? httpRequest : httpsRequest;
    const put = request(url, { method: 'PUT', headers: { 'content-type': '', 'content-length': Buffer.byteLength(body) }, timeout: SEND_TIMEOUT_MS }, (response) => {
      response.resume().once('end', () => (response.statusCode === 200 ? resolve() : reject(new Error(`CloudFormation answered ${response.statusCode ?? 0}`))));
    });
    put.once('timeout', () => put.destroy(new Error('CloudFormation does not answer'))).once('error', reject);
    put.end(body);
  });
