import { AgentError } from '../errors.ts';
import type { Step } from './succession.ts';

/** Why the renewer was called. It carries which certificate, never what of it: that is asked of ACM. */
export type Occasion =
  | { readonly kind: 'ends-soon' | 'available'; readonly certificateArns: readonly string[] }
  | { readonly kind: 'renewal-failed'; readonly certificateArns: readonly string[]; readonly reason: string | undefined }
  | { readonly kind: 'sweep' | 'deployed' }
  | { readonly kind: 'renew' | 'export'; readonly certificateArn: string }
  | { readonly kind: 'succession'; readonly step: Step }
  | { readonly kind: 'ignored'; readonly why: string };

/**
 * An event of EventBridge (sources `aws.acm`, `aws.ecs`, `aws.events`), or what a person invokes by hand: `{"renew": ARN}`,
 * `{"export": ARN}`, `{"step": …}`. Throws `usage` for what is neither.
 */
export function readOccasion(event: unknown): Occasion {
  if (!isRecord(event)) throw unknown('it is not an object');
  const source = event['source'];
  if (typeof source === 'string') return readEvent(source, event);
  for (const kind of ['renew', 'export'] as const) {
    const certificateArn = event[kind];
    if (typeof certificateArn === 'string') return { kind, certificateArn };
  }
  if (typeof event['step'] === 'string') return { kind: 'succession', step: readStep(event) };
  throw unknown(`its members are ${Object.keys(event).join(', ')}`);
}

function readEvent(source: string, event: Readonly<Record<string, unknown>>): Occasion {
  const detail = isRecord(event['detail']) ? event['detail'] : {};
  const certificateArns = texts(event['resources']);
  switch (`${source} ${text(event['detail-type'])}`) {
    case 'aws.acm ACM Certificate Approaching Expiration':
      return { kind: 'ends-soon', certificateArns };
    // of an import or an issuance as well: whether there is something to do, ACM's serial says
    case 'aws.acm ACM Certificate Available':
      return { kind: 'available', certificateArns };
    case 'aws.acm ACM Certificate Renewal Action Required':
      return { kind: 'renewal-failed', certificateArns, reason: text(detail['RenewalStatusReason']) || undefined };
    case 'aws.events Scheduled Event':
      return { kind: 'sweep' };
    case 'aws.ecs ECS Deployment State Change':
      return { kind: 'deployed' };
    default:
      return { kind: 'ignored', why: `${source} ${text(event['detail-type'])}` };
  }
}

const STEPS = ['add-anchor', 'move-leaf', 'remove-anchor'];

/** What each step needs; a number or a flag may come as text from a console. */
function readStep(event: Readonly<Record<string, unknown>>): Step {
  const step = text(event['step']);
  if (!STEPS.includes(step)) throw unknown(`step is ${step}, known are ${STEPS.join(', ')}`);
  const need = (member: string): string => {
    const value = text(event[member]);
    if (value === '') throw unknown(`${step} needs ${member}`);
    return value;
  };
  const hold = event['holdMinutes'] === undefined ? {} : { holdMinutes: Number(event['holdMinutes']) };
  if (Number.isNaN(hold.holdMinutes ?? 0)) throw unknown('holdMinutes is not a number');
  const trustSecretId = need('trustSecretId');
  if (step === 'add-anchor') return { step, trustSecretId, authorityArn: need('authorityArn') };
  if (step === 'move-leaf') return { step, trustSecretId, identity: { secretId: need('secretId'), certificateArn: need('certificateArn') }, ...hold };
  const emergency = event['emergency'] === true || event['emergency'] === 'true';
  const identitySecretIds = texts(event['identitySecretIds']);
  if (identitySecretIds.length === 0 && !emergency) throw unknown('remove-anchor needs identitySecretIds: the secrets whose leaves must have moved');
  return { step: 'remove-anchor', trustSecretId, authorityArn: need('authorityArn'), identitySecretIds, emergency, ...hold };
}

function unknown(why: string): AgentError {
  return new AgentError('usage', `the renewer does not know what to do: ${why}`, {
    hint: 'by hand: {"renew": ARN}, {"export": ARN}, or {"step": "add-anchor" | "move-leaf" | "remove-anchor", …}',
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
