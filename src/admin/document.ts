import type { Notices, SecretStatus, Status } from '../status.ts';
import { unhealthyReason, unreadyReason } from '../status.ts';

/** What `/status` prints; the shape is part of what users script against. */
export interface StatusDocument {
  readonly endpoint: string;
  readonly generation: number;
  readonly ready: boolean;
  readonly reason?: string;
  /** Whether the container should live on: what `mtls-agent status --health` goes by. */
  readonly healthy: boolean;
  readonly unhealthyReason?: string;
  readonly envoy: Status['envoy'];
  readonly secrets: readonly SecretDocument[];
  /** Messages of MTLS_NOTICES, by what they were. */
  readonly notices?: object;
}

/** A secret as `/status` tells it, lists that are empty left out where that says nothing. */
export type SecretDocument = SecretStatus & Required<Pick<SecretStatus, 'certificates'>>;

export function statusDocument(status: Status, now: Date, monotonicMs: number): StatusDocument {
  const reason = unreadyReason(status, now);
  const unhealthy = unhealthyReason(status, monotonicMs);
  return {
    endpoint: status.endpoint,
    generation: status.generation,
    ready: reason === undefined,
    ...(reason === undefined ? {} : { reason }),
    healthy: unhealthy === undefined,
    ...(unhealthy === undefined ? {} : { unhealthyReason: unhealthy }),
    envoy: status.envoy,
    secrets: status.secrets.map(describe),
    ...(status.notices === undefined ? {} : { notices: describeNotices(status.notices) }),
  };
}

function describeNotices({ tally, problem }: Notices): object {
  return { ...tally, ...(problem === undefined ? {} : { problem: { code: problem.code, message: problem.message, hint: problem.hint } }) };
}

/** Certificates in the order in which they are presented; dates as ISO 8601. */
function describe({ name, kind, reference, sources, stage, sourceVersion, certificates = [], revocation = [], problem, refused }: SecretStatus): SecretDocument {
  return {
    name,
    kind,
    reference,
    sources,
    stage,
    ...(sourceVersion === undefined ? {} : { sourceVersion }),
    certificates,
    ...(revocation.length === 0 ? {} : { revocation }),
    ...(problem === undefined ? {} : { problem }),
    ...(refused === undefined ? {} : { refused }),
  };
}
