/** What a message says. It is a reason to look and nothing else: whatever it claims, the sources are asked themselves. */
export type Notice =
  | { readonly kind: 'change'; readonly id: string | undefined; /** ARNs or names of what has changed; empty: unknown. */ readonly resources: readonly string[] }
  | { readonly kind: 'oversized' | 'malformed' | 'unknown' };

/** Our events have 1 kB, a CloudTrail record of these calls 3 kB. What is larger is none of them, and is not parsed. */
export const LARGEST_NOTICE = 65_536;

/** API calls after which a secret may hold something else (`detail.eventName` in a CloudTrail record). Reads are none, our own least of all. */
const CALLS: ReadonlySet<unknown> = new Set(['PutSecretValue', 'UpdateSecret', 'UpdateSecretVersionStage', 'RestoreSecret', 'CreateSecret']);
/** The same for what Secrets Manager does by itself. */
const SERVICE_EVENTS: ReadonlySet<unknown> = new Set(['RotationSucceeded']);

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads the body of an SQS message: an EventBridge event of Secrets Manager or ACM, natively, in an SNS notification, or its
 * `detail` alone (`InputPath: $.detail`). Never throws.
 */
export function readNotice(body: string): Notice {
  if (body.length > LARGEST_NOTICE) return { kind: 'oversized' };
  const message = parse(body);
  if (message === undefined) return { kind: 'malformed' };
  // SNS wraps once
  if (message['Type'] === 'Notification' && typeof message['Message'] === 'string') {
    const inner = parse(message['Message']);
    return inner === undefined ? { kind: 'malformed' } : readEvent(inner);
  }
  return readEvent(message);
}

function readEvent(event: Fields): Notice {
  const detail = fieldsOf(event['detail']);
  if (detail === undefined) return readDetail(event) ?? { kind: 'unknown' };
  const found = readTyped(event['detail-type'], event['source'], event, detail);
  return found ?? { kind: 'unknown' };
}

function readTyped(type: unknown, source: unknown, event: Fields, detail: Fields): Notice | undefined {
  const id = typeof event['id'] === 'string' ? event['id'] : undefined;
  const resources = texts(event['resources']);
  switch (type) {
    case 'Secret Label Updated':
      return source === 'aws.secretsmanager' ? { kind: 'change', id, resources } : undefined;
    case 'ACM Certificate Available':
    case 'ACM Certificate Rotated':
      // which secret it goes to is the exporter's knowledge, so that it may be ours
      return source === 'aws.acm' ? { kind: 'change', id, resources: [] } : undefined;
    case 'AWS API Call via CloudTrail':
    case 'AWS Service Event via CloudTrail': {
      const change = source === 'aws.secretsmanager' ? readDetail(detail) : undefined;
      return change?.kind === 'change' ? { ...change, id } : undefined;
    }
    default:
      return undefined;
  }
}

/** The `detail` of *Secret Label Updated*, or a CloudTrail record. */
function readDetail(detail: Fields): Notice | undefined {
  if (typeof detail['labelUpdated'] === 'string' && typeof detail['versionId'] === 'string') return { kind: 'change', id: undefined, resources: texts([detail['name']]) };
  // a call that was refused has changed nothing
  if (detail['eventSource'] !== 'secretsmanager.amazonaws.com' || detail['errorCode'] !== undefined) return undefined;
  if (!CALLS.has(detail['eventName']) && !SERVICE_EVENTS.has(detail['eventName'])) return undefined;
  const [request, response, additional] = [detail['requestParameters'], detail['responseElements'], detail['additionalEventData']].map(fieldsOf);
  // records of before 2024 spell it aRN
  const named = [response?.['arn'] ?? response?.['aRN'] ?? additional?.['SecretId'] ?? request?.['secretId'] ?? request?.['name']];
  const id = typeof detail['eventID'] === 'string' ? detail['eventID'] : undefined;
  return { kind: 'change', id, resources: texts(named) };
}

/**
 * Whether a changed resource may be what a source reads: both may be a secret's name, its ARN, or its ARN without the
 * hyphen and six characters at its end.
 */
export function isAbout(resource: string, secretId: string): boolean {
  return forms(resource).some((form) => forms(secretId).includes(form));
}

function forms(id: string): string[] {
  const name = /^arn:[^:]*:secretsmanager:[^:]*:[^:]*:secret:(.+)$/.exec(id)?.[1];
  const short = (text: string): string => text.replace(/-[A-Za-z0-9]{6}$/, '');
  return name === undefined ? [id] : [id, short(id), name, short(name)];
}

function parse(text: string): Fields | undefined {
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}
