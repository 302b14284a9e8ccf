import type { Clock } from '../clock.ts';
import { AgentError } from '../errors.ts';
import { type Managed, readMaterial } from '../managed.ts';
import type { CertificateFacts, Material } from '../material/material.ts';
import { type Finding, failed, ok, warning } from './finding.ts';

/** A source that has not answered by then would be retried at a start; a report does not wait that long. */
const SOURCE_LIMIT_MS = 15_000;
/** Renewals start early enough to leave this: whichever is shorter, so that a certificate of a week is not always late. */
const SHORT_DAYS = 14;
const SHORT_SHARE = 0.2;
const DAY_MS = 86_400_000;

/** Reads every source as a start would, parses and rehearses it, and says what would be delivered and until when. */
export async function checkSources(managed: readonly Managed[], clock: Clock, signal: AbortSignal): Promise<Finding[]> {
  const limit = clock.deadline(SOURCE_LIMIT_MS, new AgentError('source-unavailable', `no answer within ${SOURCE_LIMIT_MS / 1000} s`), signal);
  const findings = await Promise.all(managed.map((one) => checkSource(one, clock, limit)));
  return findings.flat();
}

async function checkSource(managed: Managed, clock: Clock, signal: AbortSignal): Promise<Finding[]> {
  const { secret, sources } = managed;
  const from = `${secret.kind} ${secret.reference} from ${sources.map(({ description }) => description).join(', ')}: `;
  const exposed = sources.flatMap(({ description, warning: text }) => (text === undefined ? [] : [warning('source', `${description}: ${text}`, 'move it into Secrets Manager')]));
  try {
    const material = await readMaterial(managed, () => clock.now(), signal);
    return [ok('source', from + describe(material)), ...shortLived(material, from, clock.now()), ...exposed];
  } catch (thrown) {
    return [failed('source', thrown, from), ...exposed];
  }
}

function describe(material: Material): string {
  if (material.kind === 'trust') return material.anchors.map((anchor) => `${anchor.subject}, serial ${anchor.serial}, until ${until(anchor)}`).join('; ');
  const { leaf } = material;
  return `${leaf.subject}, serial ${leaf.serial}, names ${leaf.names.join(', ') || 'none'}, until ${until(leaf)}, version ${material.sourceVersion}`;
}

function shortLived(material: Material, from: string, now: Date): Finding[] {
  const certificates = material.kind === 'identity' ? [material.leaf, ...material.intermediates] : material.anchors;
  return certificates
    .filter(({ notBefore, notAfter }) => {
      const left = notAfter.getTime() - now.getTime();
      return left < Math.min(SHORT_DAYS * DAY_MS, (notAfter.getTime() - notBefore.getTime()) * SHORT_SHARE);
    })
    .map((certificate) => warning('source', `${from}${certificate.subject} ends soon, ${until(certificate)}`, 'has the renewal been missed? see the exporter and its events'));
}

function until({ notAfter }: CertificateFacts): string {
  return notAfter.toISOString().replace('.000Z', 'Z');
}
