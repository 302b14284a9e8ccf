import { AgentError } from '../errors.ts';
import type { Call, Failure } from './sdk-error.ts';

const UNREACHABLE = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_SOCKET']);
const UNRESOLVED = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL']);
const UNTRUSTED = /^(?:ERR_TLS_|ERR_SSL_|CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|EPROTO)/;

/** The service was not reached, or did not answer in time: Node's error codes and the SDK's TimeoutError. */
export function describeNetworkFailure({ name, message, code = '', cause }: Failure, { action, region }: Call): AgentError | undefined {
  const failed = (what: string, hint: string): AgentError => new AgentError('source-unavailable', `${action}: ${what}`, { hint, cause });
  if (UNRESOLVED.has(code)) {
    return failed(`the host name has no address (${message})`, `is ${region} the right AWS_REGION; a private subnet needs DNS, and a VPC endpoint or a NAT gateway`);
  }
  if (UNTRUSTED.test(code)) {
    return failed(`TLS with AWS failed: ${message} (${code})`, 'a proxy that terminates TLS needs its certificate authority in NODE_EXTRA_CA_CERTS');
  }
  if (code === 'ECONNRESET' && message === 'aborted') {
    return failed('the connection ended in the middle of the answer', 'something on the way cuts answers short: a proxy, a firewall, or a service that restarts');
  }
  // the SDK calls a reset connection a timeout as well
  if (code === 'ETIMEDOUT' || (name === 'TimeoutError' && !UNREACHABLE.has(code))) {
    return failed('no answer in time', 'a private subnet needs a VPC endpoint or a NAT gateway, and security groups that let port 443 through');
  }
  if (!UNREACHABLE.has(code)) return undefined;
  return failed(`the service cannot be reached: ${message === '' ? code : message}`, 'is the endpoint right, and does the security group of the VPC endpoint let port 443 in');
}
