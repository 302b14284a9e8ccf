import type { Notices, SecretStatus, Status } from '../status.ts';
import { unreadyReason } from '../status.ts';

/** What `/status` prints; the shape is part of what users script against. */
export interface StatusDocument {
  readonly endpoint: string;
  readonly generation: number;
  readonly ready: boolean;
  readonly reason?: string;
  readonly envoy: Status['envoy'];
  readonly secrets: readonly object[];
  /** Messages of MTLS_NOTICES, by what they were. */
  readonly notices?: object;
}

export function statusDocument(status: Status, now: Date): StatusDocument {
  const reason = unreadyReason(status, now);
  return {
    endpoint: status.endpoint,
    generation: status.generation,
    ready: reason === undefined,
    ...(reason === undefined ? {} : { reason }),
    envoy: status.envoy,
    secrets: status.secrets.map(describe),
    ...(status.notices === undefined ? {} : { notices: describeNotices(status.notices) }),
  };
}

function describeNotices({ tally, problem }: Notices): object {
  return { ...tally, ...(problem === undefined ? {} : { problem: { code: problem.code, message: problem.message, hint: problem.hint } }) };
}

/** Certificates in the order in which they are presented; dates as ISO 8601. */
function describe({ name, kind, reference, sources, stage, sourceVersion, certificates = [], revocation = [], problem, refused }: SecretStatus): object {
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
