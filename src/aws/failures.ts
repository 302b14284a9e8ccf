import { AgentError, toAgentError } from '../errors.ts';
import { describeDenial } from './denial.ts';
import { describeNetworkFailure } from './network.ts';
import { type Call, type Failure, readFailure } from './sdk-error.ts';
import { describeSkew } from './skew.ts';

type Describe = (failure: Failure, call: Call) => AgentError | undefined;

/** In this order: a skewed clock hides behind an invalid signature, and an answer of the service says more than its status. */
const DESCRIPTIONS: readonly Describe[] = [describeSkew, describeDenial, describeCredentials, describeQueue, describeSecret, describeLoad, describeNetworkFailure, describeAnswer];

/** Whatever an AWS call threw, as an AgentError whose code says whether looking again can help. */
export function describeFailure(thrown: unknown, call: Call): AgentError {
  if (thrown instanceof AgentError) return thrown;
  const failure = readFailure(thrown);
  for (const describe of DESCRIPTIONS) {
    const described = describe(failure, call);
    if (described !== undefined) return described;
  }
  return toAgentError(thrown);
}

function describeCredentials({ name, message, cause }: Failure, call: Call): AgentError | undefined {
  switch (name) {
    case 'CredentialsProviderError':
    case 'ProviderError':
    case 'TokenProviderError':
      return new AgentError('credentials-missing', `no AWS credentials: ${message}`, {
        hint: 'give the task a task role; outside of ECS set AWS_CONTAINER_CREDENTIALS_FULL_URI, AWS_ACCESS_KEY_ID or AWS_PROFILE',
        cause,
      });
    case 'ExpiredTokenException':
    case 'ExpiredToken':
      return new AgentError('credentials-expired', `the AWS credentials have expired: ${message}`, {
        hint: 'credentials in the environment cannot renew themselves: use the task role',
        cause,
      });
    case 'UnrecognizedClientException':
    case 'InvalidClientTokenId':
    case 'InvalidSignatureException':
    case 'SignatureDoesNotMatch':
    case 'IncompleteSignatureException':
    case 'MissingAuthenticationTokenException':
      return new AgentError('access-denied', `AWS does not accept the credentials for ${call.action} in ${call.region}: ${message}`, {
        hint: 'the key is deleted, mistyped or of another partition, or the region of the endpoint is not the one that was signed for',
        cause,
      });
    default:
      return undefined;
  }
}

function describeQueue({ name, cause }: Failure, { resource, region }: Call): AgentError | undefined {
  if (!/QueueDoesNotExist|NonExistentQueue/.test(name)) return undefined;
  return new AgentError('source-not-found', `the queue ${resource} does not exist in ${region}`, { hint: 'compare name, account and region of MTLS_NOTICES; a queue that was just made takes a second to appear', cause });
}

function describeSecret({ name, message, cause }: Failure, { resource, region }: Call): AgentError | undefined {
  if (name === 'DecryptionFailure' || name === 'DecryptionFailureException') {
    return new AgentError('decryption-denied', `${resource} cannot be decrypted: ${message}`, { hint: 'is its KMS key enabled, and does the key policy let this role kms:Decrypt', cause });
  }
  const label = name === 'ResourceNotFoundException' ? /staging label: (\S+)/i.exec(message)?.[1] : undefined;
  if (label !== undefined && label !== 'AWSCURRENT') {
    return new AgentError('source-not-found', `${resource} has no version with the staging label ${label}`, { hint: `check ?stage=${label}; without it the current version is read`, cause });
  }
  if (label !== undefined) {
    return new AgentError('source-placeholder', `${resource} has no value yet: ${message}`, { hint: 'the exporter fills it; it has not run, or it failed', cause });
  }
  if (name === 'ResourceNotFoundException') {
    return new AgentError('source-not-found', `${resource} does not exist in ${region}`, {
      hint: `check the spelling and AWS_REGION (${region}); of another account name it by its full ARN`,
      cause,
    });
  }
  if (name === 'InvalidRequestException' && /marked for deletion|scheduled for deletion/i.test(message)) {
    return new AgentError('source-not-found', `${resource} is scheduled for deletion`, { hint: `aws secretsmanager restore-secret --secret-id ${resource}`, cause });
  }
  return undefined;
}

const THROTTLED = new Set(['ThrottlingException', 'ThrottledException', 'Throttling', 'TooManyRequestsException', 'RequestLimitExceeded', 'LimitExceededException', 'SlowDown']);

function describeLoad({ name, message, status, cause }: Failure, { action }: Call): AgentError | undefined {
  if (THROTTLED.has(name) || status === 429) {
    return new AgentError('source-throttled', `AWS throttles ${action}: ${message}`, { hint: 'quotas are per account and region; a longer MTLS_POLL asks less', cause });
  }
  if (status === undefined || status < 500) return undefined;
  return new AgentError('source-unavailable', `${action} failed at AWS with ${status} ${name}: ${message}`, { hint: 'the trouble is on the side of AWS, see its health dashboard; the agent looks again by itself', cause });
}

/** The service answered something we have no better words for. */
function describeAnswer({ name, message, status, cause }: Failure, { action, resource }: Call): AgentError | undefined {
  if (name === 'SyntaxError') {
    return new AgentError('source-unavailable', `${action}: ${message}`, { hint: 'does a proxy or another service answer at this endpoint', cause });
  }
  if (status === undefined) return undefined;
  return new AgentError('source-unavailable', `${action} on ${resource} was refused with ${name}: ${message}`, { hint: `the API reference of ${action} explains ${name}`, cause });
}
